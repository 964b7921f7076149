/*
 * attribution.c
 *	  The conversions of one customer, the touches that led to them, and the
 *	  credit of each.
 *
 * One walk over the journey lists its touches and its conversions; for each
 * conversion the window of touches that it looks back to moves on.  What it
 * costs beyond the walk is what the windows hold: where each of their steps has
 * a row, that is the size of the answer.  Where one step has all the credit, no
 * path is made, and the time is linear in touches and conversions.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "journey.h"
#include "attribution_options.h"
#include "label_fit.h"
#include "row_set.h"

#define UNATTRIBUTED	"(unattributed)"

typedef struct Conversion
{
	int64		at;
	uint32		label;			/* of the journey that it is from */
	bool		has_value;
	double		value;
} Conversion;

/* The touches and conversions of one customer. */
typedef struct TouchHistory
{
	LabelTable	table;			/* of the journey */
	LabelTable	events;			/* of the journey that the conversions are
								 * from */
	AttributionTouch *touches;
	size_t		ntouches;
	Conversion *conversions;
	size_t		nconversions;
	size_t		allocated;		/* conversions */
	AttributionWindow window;
	AttributionStep *steps;		/* room for all touches */
	uint32	   *seen;
	Datum	   *channel_names;	/* 0 where not asked for yet */
} TouchHistory;

/* -- options ---------------------------------------------------------------------- */

#define KEPT_QUESTIONS	8

/*
 * The last questions of a call, in the order in which they were asked first:
 * models are compared by asking each journey all of them.
 */
typedef struct KeptQuestions
{
	int			n;
	int			last;
	struct
	{
		KeptArgs	kept;
		AttributionQuestion question;
	}			questions[KEPT_QUESTIONS];
} KeptQuestions;

static const AttributionQuestion *
attribution_question(FunctionCallInfo fcinfo, const AttributionSignature signature)
{
	KeptQuestions *k = fcinfo->flinfo->fn_extra;
	KeptArgs   *kept;
	MemoryContext old;

	if (k == NULL)
	{
		k = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(KeptQuestions));
		fcinfo->flinfo->fn_extra = k;
	}
	for (int i = 0; i < k->n; i++)
	{
		int			slot = (k->last + i) % k->n;

		if (kept_args_same(&k->questions[slot].kept, fcinfo))
		{
			k->last = slot;
			return &k->questions[slot].question;
		}
	}
	k->last = k->n < KEPT_QUESTIONS ? k->n : (k->last + 1) % KEPT_QUESTIONS;
	kept = &k->questions[k->last].kept;
	if (k->last == k->n)
	{
		kept_args_init(kept, fcinfo, 1, signature[AA_CONVERSIONS]);
		k->n++;
	}
	kept_args_take(kept, fcinfo);
	old = MemoryContextSwitchTo(kept->context);
	attribution_question_read(&k->questions[k->last].question, kept->given, signature);
	MemoryContextSwitchTo(old);
	kept->ready = true;
	return &k->questions[k->last].question;
}

/* -- the journey -------------------------------------------------------------------- */

static void
add_conversion(TouchHistory *h, const JourneyCursor *c)
{
	Conversion *conversion;

	if (h->nconversions == h->allocated)
	{
		h->allocated = Max(8, 2 * h->allocated);
		h->conversions = h->conversions == NULL ?
			MemoryContextAllocHuge(CurrentMemoryContext, h->allocated * sizeof(Conversion)) :
			repalloc_huge(h->conversions, h->allocated * sizeof(Conversion));
	}
	conversion = &h->conversions[h->nconversions++];
	conversion->at = c->at;
	conversion->label = c->label;
	conversion->has_value = c->has_value;
	conversion->value = c->has_value ? c->value : 0;
}

/*
 * List touches and conversions.  Touches are looked for only if there are
 * conversions.
 */
static void
read_history(TouchHistory *h, const AttributionQuestion *q, const JourneyView *view,
			 const JourneyView *given)
{
	LabelFit	conversion = {0};
	LabelFit	touch = {0};
	LabelFit	direct = {0};
	JourneyCursor c;

	memset(h, 0, sizeof(TouchHistory));
	label_table_init(&h->table, view);
	if (given != NULL)
	{
		label_table_init(&h->events, given);
		journey_first(&c, given);
		while (journey_next(&c))
		{
			CHECK_FOR_INTERRUPTS();
			add_conversion(h, &c);
		}
	}
	else
	{
		h->events = h->table;
		label_fit_init(&conversion, &h->table, q->conversion);
	}
	if (h->nconversions == 0 && !conversion.any)
		return;
	if (q->touch != NULL)
		label_fit_init(&touch, &h->table, q->touch);
	if (q->direct != NULL)
		label_fit_init(&direct, &h->table, q->direct);
	h->touches = MemoryContextAllocHuge(CurrentMemoryContext,
										(view->count + 1) * sizeof(AttributionTouch));
	journey_first(&c, view);
	while (journey_next(&c))
	{
		CHECK_FOR_INTERRUPTS();
		if (conversion.any && label_fits(&conversion, &h->table, &c))
			add_conversion(h, &c);
		if (q->touch != NULL ? label_fits(&touch, &h->table, &c) : c.channel > 0)
		{
			AttributionTouch *t = &h->touches[h->ntouches++];

			t->at = c.at;
			t->label = c.label;
			t->channel = c.channel;
			t->direct = q->direct != NULL && label_fits(&direct, &h->table, &c);
		}
	}
	h->steps = MemoryContextAllocHuge(CurrentMemoryContext,
									  (h->ntouches + 1) * sizeof(AttributionStep));
	h->seen = palloc0((view->nchannels + 1) * sizeof(uint32));
	h->channel_names = palloc0((view->nchannels + 1) * sizeof(Datum));
}

/* The name of a channel by its number, kept for the next time. */
static Datum
channel_name(TouchHistory *h, uint32 channel)
{
	if (h->channel_names[channel] == 0)
	{
		LabelTable *table = &h->table;

		if (channel == 0)
			h->channel_names[0] = CStringGetTextDatum(NO_CHANNEL);
		else
		{
			if (table->channels == NULL)
			{
				table->channels = palloc((table->view->nchannels + 1) * sizeof(JourneyLabel));
				journey_read_labels(table->view->channels, table->view->nchannels,
									table->channels);
			}
			h->channel_names[channel] = journey_label_datum(&table->channels[channel - 1]);
		}
	}
	return h->channel_names[channel];
}

/*
 * The window of conversion number i, from 0, and the path.  Conversions of one
 * moment look back to the same touches.
 */
static void
look_back_from(TouchHistory *h, const AttributionQuestion *q, size_t i, int64 *since)
{
	int64		at = h->conversions[i].at;

	if (q->restart && i > 0 && h->conversions[i - 1].at < at)
		*since = h->conversions[i - 1].at;
	attribution_look_back(&h->window, h->touches, h->ntouches, at, q->lookback, *since);
}

static size_t
conversion_path_of(TouchHistory *h, const AttributionQuestion *q, size_t i, int64 *since)
{
	look_back_from(h, q, i, since);
	return attribution_path(q->transform, h->touches, h->window, h->seen, h->steps);
}

/*
 * Open the arguments; false if there is nothing to answer.  What converts is
 * said by a matcher or given as a journey.
 */
static bool
attribution_args(FunctionCallInfo fcinfo, const AttributionQuestion *q, int conversions,
				 JourneyView *view, JourneyView *given, const JourneyView **from)
{
	*from = NULL;
	attribution_one_of(q->conversion != NULL, !PG_ARGISNULL(conversions));
	if (PG_ARGISNULL(0) || (q->conversion == NULL && PG_ARGISNULL(conversions)))
		return false;
	PG_GETARG_JOURNEY(0, view);
	if (!PG_ARGISNULL(conversions))
	{
		PG_GETARG_JOURNEY(conversions, given);
		*from = given;
	}
	return true;
}

/* -- attribution ------------------------------------------------------------------------ */

/* The columns of journey.attribution_row. */
enum
{
	ROW_CONVERSION_NO, ROW_CONVERSION_AT, ROW_CONVERSION_EVENT, ROW_CONVERSION_VALUE,
	ROW_PATH_LENGTH, ROW_TOUCH_NO, ROW_TOUCH_AT, ROW_EVENT, ROW_CHANNEL, ROW_TOUCHES,
	ROW_CREDIT, ROW_VALUE, ROW_COLUMNS
};

PG_FUNCTION_INFO_V1(attribution);
Datum
attribution(PG_FUNCTION_ARGS)
{
	static const AttributionSignature signature = {
		[AA_CONVERSION] = 1,
		[AA_MODEL] = 2,
		[AA_LOOKBACK] = 3,
		[AA_TOUCH] = 4,
		[AA_TRANSFORM] = 5,
		[AA_DIRECT] = 6,
		[AA_FIRST_WEIGHT] = 7,
		[AA_LAST_WEIGHT] = 8,
		[AA_HALF_LIFE] = 9,
		[AA_RESTART] = 10,
		[AA_CONVERSIONS] = 11,
	};
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	const AttributionQuestion *q = attribution_question(fcinfo, signature);
	JourneyView view;
	JourneyView given;
	const JourneyView *from;
	TouchHistory h;
	int64		since = ATTRIBUTION_ALWAYS;
	double	   *shares;
	AttributionSteps steps = {0};
	bool		one_step = attribution_has_steps(q->options.model, q->transform);

	row_set_begin(fcinfo);
	if (!attribution_args(fcinfo, q, signature[AA_CONVERSIONS], &view, &given, &from))
		return (Datum) 0;
	read_history(&h, q, &view, from);
	if (h.nconversions == 0)
		return (Datum) 0;
	shares = MemoryContextAllocHuge(CurrentMemoryContext, (h.ntouches + 1) * sizeof(double));
	if (one_step)
	{
		Size		size = (h.ntouches + 1) * sizeof(uint32);

		steps.step_of = MemoryContextAllocHuge(CurrentMemoryContext, size);
		steps.start = MemoryContextAllocHuge(CurrentMemoryContext, size);
		steps.sent = MemoryContextAllocHuge(CurrentMemoryContext, size);
		attribution_steps(q->transform, h.touches, h.ntouches, &steps);
	}

	for (size_t i = 0; i < h.nconversions; i++)
	{
		const Conversion *conversion = &h.conversions[i];
		size_t		length;		/* of the path */
		size_t		n;			/* steps at hand */
		size_t		number = 0; /* of the first of them */
		Datum		values[ROW_COLUMNS] = {0};
		bool		nulls[ROW_COLUMNS] = {false};
		Datum		event = journey_label_datum(&h.events.labels[conversion->label]);

		CHECK_FOR_INTERRUPTS();
		if (one_step)
		{
			look_back_from(&h, q, i, &since);
			length = attribution_one_step(q->options.model, h.touches, &steps, h.window,
										  &h.steps[0], &number);
			n = length > 0 ? 1 : 0;
			shares[0] = conversion->value;
		}
		else
		{
			n = length = conversion_path_of(&h, q, i, &since);
			if (n > 0)
			{
				attribution_credit(&q->options, h.touches, h.steps, n);
				attribution_share(conversion->value, h.steps, n, shares);
			}
		}
		values[ROW_CONVERSION_NO] = Int32GetDatum((int32) (i + 1));
		values[ROW_CONVERSION_AT] = TimestampTzGetDatum(conversion->at);
		values[ROW_CONVERSION_EVENT] = event;
		values[ROW_CONVERSION_VALUE] = Float8GetDatum(conversion->value);
		values[ROW_PATH_LENGTH] = Int32GetDatum((int32) length);
		nulls[ROW_CONVERSION_VALUE] = nulls[ROW_VALUE] = !conversion->has_value;
		if (n == 0)
		{
			nulls[ROW_TOUCH_NO] = nulls[ROW_TOUCH_AT] = nulls[ROW_EVENT] = true;
			values[ROW_CHANNEL] = CStringGetTextDatum(UNATTRIBUTED);
			values[ROW_TOUCHES] = Int32GetDatum(0);
			values[ROW_CREDIT] = Float8GetDatum(1);
			values[ROW_VALUE] = values[ROW_CONVERSION_VALUE];
			row_set_add(rsinfo, values, nulls);
			pfree(DatumGetPointer(values[ROW_CHANNEL]));
		}
		for (size_t k = 0; k < n; k++)
		{
			const AttributionStep *step = &h.steps[k];
			const AttributionTouch *t = &h.touches[step->touch];

			CHECK_FOR_INTERRUPTS();
			if (step->credit <= 0)
				continue;
			values[ROW_TOUCH_NO] = Int32GetDatum((int32) (number + k + 1));
			values[ROW_TOUCH_AT] = TimestampTzGetDatum(t->at);
			values[ROW_EVENT] = journey_label_datum(&h.table.labels[t->label]);
			values[ROW_CHANNEL] = channel_name(&h, t->channel);
			values[ROW_TOUCHES] = Int32GetDatum((int32) step->touches);
			values[ROW_CREDIT] = Float8GetDatum(step->credit);
			values[ROW_VALUE] = Float8GetDatum(shares[k]);
			row_set_add(rsinfo, values, nulls);
			pfree(DatumGetPointer(values[ROW_EVENT]));
		}
		pfree(DatumGetPointer(event));
	}
	return (Datum) 0;
}
