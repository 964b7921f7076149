/*
 * purchases.c
 *	  purchases(j, model): the purchases of a customer as rows, and what took
 *	  them back.
 *
 * As stage models count (core/stage_walk.c): a touchpoint that fits the model's
 * definition of purchase is one more, one that fits refund takes back the
 * latest purchase that is left, or nothing where none is.  So purchases that
 * are left are a stack, and purchase_no is its height.  Only names, channels
 * and values decide: no machine, and a journey in which no label can be a
 * purchase ends at its label table.
 */
#include "postgres.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/timestamp.h"

#include "row_set.h"
#include "stage_machine.h"

/* The columns of journey.purchase_row. */
enum
{
	COL_NO, COL_N, COL_AT, COL_EVENT, COL_CHANNEL, COL_VALUE,
	COL_TAKEN_BACK_AT, COL_TAKEN_BACK_BY, COL_COUNT
};

typedef struct Purchase
{
	uint32		number;			/* net, from 1 */
	uint32		n;				/* touchpoint, from 1 */
	TimestampTz at;
	uint32		label;
	uint32		channel;
	bool		has_value;
	double		value;
	bool		taken_back;
	TimestampTz taken_back_at;
	uint32		taken_back_by;	/* label */
	int32		below;			/* in the stack; -1: none */
} Purchase;

typedef struct Definition
{
	uint32		slot;
	uint8	   *fits;			/* by label: a MatcherFit; NULL: nothing fits */
} Definition;

typedef struct Names
{
	const StageModel *model;
	JourneyLabel *labels;
	JourneyLabel *channels;
} Names;

/* `definition` is 1 + slot, 0 if the model has none. */
static void
ask(Definition *d, const Names *names, uint32 nlabels, uint32 definition)
{
	bool		any = false;

	d->fits = NULL;
	if (definition == 0)
		return;
	d->slot = definition - 1;
	d->fits = palloc(nlabels + 1);
	for (uint32 i = 0; i < nlabels; i++)
	{
		d->fits[i] = stage_definition_fits_label(names->model, d->slot, &names->labels[i]);
		any |= d->fits[i] != MF_NEVER;
	}
	if (!any)
		d->fits = NULL;
}

static bool
fits(const Definition *d, const Names *names, const JourneyCursor *c)
{
	if (d->fits == NULL || d->fits[c->label] != MF_MAYBE)
		return d->fits != NULL && d->fits[c->label] == MF_ALWAYS;
	return stage_definition_fits(names->model, d->slot, &names->labels[c->label],
								 c->channel == 0 ? NULL : &names->channels[c->channel - 1],
								 c->has_value, c->has_value ? c->value : 0);
}

static void
put_purchase(ReturnSetInfo *rsinfo, const Purchase *p, const Names *names)
{
	Datum		values[COL_COUNT];
	bool		nulls[COL_COUNT] = {false};

	values[COL_NO] = Int32GetDatum((int32) p->number);
	values[COL_N] = Int32GetDatum((int32) p->n);
	values[COL_AT] = TimestampTzGetDatum(p->at);
	values[COL_EVENT] = journey_label_datum(&names->labels[p->label]);
	nulls[COL_CHANNEL] = p->channel == 0;
	if (p->channel > 0)
		values[COL_CHANNEL] = journey_label_datum(&names->channels[p->channel - 1]);
	nulls[COL_VALUE] = !p->has_value;
	values[COL_VALUE] = Float8GetDatum(p->value);
	nulls[COL_TAKEN_BACK_AT] = nulls[COL_TAKEN_BACK_BY] = !p->taken_back;
	if (p->taken_back)
	{
		values[COL_TAKEN_BACK_AT] = TimestampTzGetDatum(p->taken_back_at);
		values[COL_TAKEN_BACK_BY] = journey_label_datum(&names->labels[p->taken_back_by]);
	}
	row_set_add(rsinfo, values, nulls);
}

PG_FUNCTION_INFO_V1(purchases);
Datum
purchases(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	JourneyView v;
	JourneyCursor c;
	Names		names;
	Definition	purchase;
	Definition	refund;
	Purchase   *bought;
	uint32		count = 0;
	uint32		allocated = 16;
	int32		top = -1;

	row_set_begin(fcinfo);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return (Datum) 0;
	PG_GETARG_JOURNEY(0, &v);
	names.model = PG_GETARG_STAGE_MODEL_P(1);
	names.labels = palloc((v.nlabels + 1) * sizeof(JourneyLabel));
	journey_read_labels(v.labels, v.nlabels, names.labels);
	ask(&purchase, &names, v.nlabels, names.model->purchase);
	if (purchase.fits == NULL)
		return (Datum) 0;
	ask(&refund, &names, v.nlabels, names.model->refund);
	names.channels = palloc((v.nchannels + 1) * sizeof(JourneyLabel));
	journey_read_labels(v.channels, v.nchannels, names.channels);

	bought = palloc(allocated * sizeof(Purchase));
	journey_first(&c, &v);
	while (journey_next(&c))
	{
		CHECK_FOR_INTERRUPTS();
		if (fits(&purchase, &names, &c))
		{
			Purchase   *p;

			if (count == allocated)
			{
				allocated *= 2;
				bought = repalloc_huge(bought, allocated * sizeof(Purchase));
			}
			p = &bought[count];
			memset(p, 0, sizeof(*p));
			p->number = top < 0 ? 1 : bought[top].number + 1;
			p->n = c.next;
			p->at = c.at;
			p->label = c.label;
			p->channel = c.channel;
			p->has_value = c.has_value;
			p->value = c.value;
			p->below = top;
			top = (int32) count++;
		}
		if (top >= 0 && fits(&refund, &names, &c))
		{
			Purchase   *p = &bought[top];

			p->taken_back = true;
			p->taken_back_at = c.at;
			p->taken_back_by = c.label;
			top = p->below;
		}
	}
	for (uint32 i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		put_purchase(rsinfo, &bought[i], &names);
	}
	return (Datum) 0;
}
