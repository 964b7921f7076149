/*
 * contacts.c
 *	  contacts(j, actions, ...): the contacts of a customer with the service and
 *	  what became of them.
 *
 * The journey is laid out as arrays of times and actions, and core code does the
 * rest (see core/contacts.c).  What is later than as_of is not looked at: the
 * answer is what was known then.
 */
#include "postgres.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "journey.h"
#include "core/contacts.h"
#include "funnel_options.h"
#include "row_set.h"
#include "touch_table.h"

#define DEFAULT_ANSWER_WITHIN	USECS_PER_DAY

/* The columns of journey.contact_row. */
enum
{
	COL_CONTACT_NO, COL_OPENED_AT, COL_N, COL_EVENT, COL_CHANNEL, COL_WAITING,
	COL_PURCHASES_BEFORE, COL_ANSWERED_AT, COL_RESOLVED_AT, COL_TOUCHES,
	COL_FIRST_RESPONSE, COL_RESOLUTION, COL_WAITED, COL_JUDGED, COL_ANSWERED,
	COL_IN_TIME, COL_REOPENED, COL_SATISFIED, COL_BOUGHT_AGAIN, COL_COUNT
};

typedef struct ContactTable
{
	TouchTable	table;
	ContactTouches touches;
	TouchContext context;
	bool		deliveries;		/* they are in the log */
} ContactTable;

/*
 * What the journey of the first argument has up to as_of, in the second, which is
 * told in rules.  False if nothing in it can be a contact.
 */
static bool
read_touches(ContactTable *c, ContactRules *rules, FunctionCallInfo fcinfo)
{
	const StageModel *actions = PG_GETARG_STAGE_MODEL_P(1);
	TouchTable *t = &c->table;
	ContactTouches *touches = &c->touches;
	const uint8 *action;

	touch_table_read(t, PG_GETARG_DATUM(0));
	CHECK_FOR_INTERRUPTS();
	touches->count = touch_seen(t, fcinfo->args[2], &rules->as_of);
	action = touch_actions(t, actions);
	if (!contacts_any(action, touches->count))
		return false;

	touches->at = t->at;
	touches->action = action;
	touches->value = t->value;
	touches->is_contact = palloc(touches->count + 1);
	contacts_mark(touches, (uint64) actions->session_timeout);
	CHECK_FOR_INTERRUPTS();
	touch_context(t, actions, &c->context);
	c->deliveries = touch_deliveries_logged(t, actions, action);
	return true;
}

static void
put_known(Datum *values, bool *nulls, int column, ContactKnown known)
{
	nulls[column] = known == CONTACT_UNKNOWN;
	values[column] = BoolGetDatum(known == CONTACT_YES);
}

/* A touchpoint that ended the waiting, and how long that was. */
static void
put_end(Datum *values, bool *nulls, int at_column, int seconds_column, const TouchTable *t,
		uint32 from, uint32 to)
{
	nulls[at_column] = nulls[seconds_column] = to == CONTACT_NONE;
	if (to == CONTACT_NONE)
		return;
	values[at_column] = TimestampTzGetDatum(t->at[to]);
	values[seconds_column] = Float8GetDatum(touch_seconds(t->at[from], t->at[to]));
}

static void
put_contact(ReturnSetInfo *rsinfo, ContactTable *table, const ContactRules *rules,
			const Contact *c, int32 number)
{
	TouchTable *t = &table->table;
	uint32		i = c->opening;
	Datum		values[COL_COUNT] = {0};
	bool		nulls[COL_COUNT] = {false};

	values[COL_CONTACT_NO] = Int32GetDatum(number);
	values[COL_OPENED_AT] = TimestampTzGetDatum(t->at[i]);
	values[COL_N] = Int32GetDatum((int32) i + 1);
	values[COL_EVENT] = touch_event(t, i);
	nulls[COL_CHANNEL] = !touch_channel(t, i, &values[COL_CHANNEL]);
	/* who has nothing that could come does not wait, whatever the log has */
	nulls[COL_WAITING] = !table->deliveries && table->context.purchase_no[i] > 0;
	values[COL_WAITING] = BoolGetDatum(table->context.waiting[i]);
	values[COL_PURCHASES_BEFORE] = Int32GetDatum((int32) c->purchases);
	values[COL_TOUCHES] = Int32GetDatum((int32) c->touches);
	put_end(values, nulls, COL_ANSWERED_AT, COL_FIRST_RESPONSE, t, i, c->answer);
	put_end(values, nulls, COL_RESOLVED_AT, COL_RESOLUTION, t, i, c->resolve);
	values[COL_WAITED] = c->answer != CONTACT_NONE ? values[COL_FIRST_RESPONSE] :
		Float8GetDatum(touch_seconds(t->at[i], rules->as_of));
	values[COL_JUDGED] = BoolGetDatum(c->judged);
	put_known(values, nulls, COL_ANSWERED, c->answered);
	put_known(values, nulls, COL_IN_TIME, c->in_time);
	put_known(values, nulls, COL_REOPENED, c->reopened);
	nulls[COL_SATISFIED] = c->satisfied == SATISFIED_UNKNOWN;
	values[COL_SATISFIED] = BoolGetDatum(c->satisfied == SATISFIED_YES);
	put_known(values, nulls, COL_BOUGHT_AGAIN, c->bought);
	row_set_add(rsinfo, values, nulls);
}

/* contacts(j, actions, as_of, answer_within) */
PG_FUNCTION_INFO_V1(contacts);
Datum
contacts(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	ContactTable table;
	ContactRules rules;
	ContactWalk walk;
	Contact		c;
	int32		number = 0;

	row_set_begin(fcinfo);
	touch_check_as_of(fcinfo->args[2]);
	rules.answer_within = funnel_span_or(fcinfo->args[3], "answer_within", DEFAULT_ANSWER_WITHIN);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || !read_touches(&table, &rules, fcinfo))
		return (Datum) 0;

	contacts_begin(&walk, &table.touches, &rules);
	while (contacts_next(&walk, &c))
	{
		CHECK_FOR_INTERRUPTS();
		put_contact(rsinfo, &table, &rules, &c, ++number);
	}
	return (Datum) 0;
}
