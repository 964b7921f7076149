/*
 * touch_table.h
 *	  The touchpoints of a journey as arrays, with what stage models say of
 *	  each: for questions that look back and forth, where a cursor cannot.
 *
 * Include after postgres.h.
 */
#ifndef TOUCH_TABLE_H
#define TOUCH_TABLE_H

#include "stage_machine.h"
#include "core/touch_action.h"

/*
 * Everything lives in the memory context that was current at touch_table_read,
 * which detoasts the journey there if it must.
 */
typedef struct TouchTable
{
	JourneyView view;
	uint32		count;
	TimestampTz *at;
	uint16	   *label;			/* into labels */
	uint16	   *channel;		/* 0, or 1 + number in channels */
	double	   *value;			/* NaN for none; NULL if no touchpoint has one */
	JourneyLabel *labels;
	JourneyLabel *channels;
	Datum	   *label_texts;	/* see touch_event */
	Datum	   *channel_texts;
} TouchTable;

extern void touch_table_read(TouchTable *t, Datum journey);

/* The stage of each touchpoint: 0, or 1 + number. */
extern uint8 *touch_stages(TouchTable *t, const StageModel *model);

/* The stage, and the context in which it was found: arrays that touch_context makes. */
typedef struct TouchContext
{
	uint8	   *stage;			/* 0, or 1 + number */
	uint32	   *visit_no;		/* from 1 */
	uint32	   *purchase_no;	/* net purchases, this touchpoint included */
	bool	   *waiting;		/* for a delivery */
} TouchContext;

extern void touch_context(TouchTable *t, const StageModel *model, TouchContext *context);

/*
 * What each touchpoint is, by a model whose stages are named like actions
 * (stage_model('actions')); TA_NONE for those in no stage and for stages of
 * other names.  What fits the model's definitions purchase, refund and delivery
 * is TA_PURCHASE, TA_REFUND and TA_ORDER_DELIVER whatever its stage, except
 * that TA_ORDER_CANCEL stays.
 */
extern uint8 *touch_actions(TouchTable *t, const StageModel *actions);

/* Which touchpoints fit a definition of a model, such as "offsite"; all false
 * if the model has no such definition. */
extern bool *touch_definition(TouchTable *t, const StageModel *model, const char *definition);

/* Text Datums of a touchpoint's event and channel, each made once. */
extern Datum touch_event(TouchTable *t, uint32 i);
extern bool touch_channel(TouchTable *t, uint32 i, Datum *text);	/* false for none */

/* What stands behind the first slash in the name of the event; false for nothing. */
extern bool touch_detail(TouchTable *t, uint32 i, Datum *detail);

/* The value as a Datum; false for none. */
extern bool touch_value(const TouchTable *t, uint32 i, Datum *value);

/* Seconds between two times, which can be further apart than an int64. */
static inline double
touch_seconds(TimestampTz from, TimestampTz to)
{
	return ((double) to - (double) from) / USECS_PER_SEC;
}

/* The name of an action; NULL for TA_NONE. */
extern const char *touch_action_name(uint8 action);

/*
 * Are deliveries in the log, as the model says?  Whether a journey has one does
 * not depend on the time that is asked for: give all of its actions.
 */
extern bool touch_deliveries_logged(const TouchTable *t, const StageModel *actions,
									const uint8 *action);

/* Texts of a model's stages (1 + number), made when they are first asked for. */
typedef struct TouchStageTexts
{
	const StageModel *model;
	Datum		text[STAGE_MAX_STAGES + 1];
} TouchStageTexts;

extern Datum touch_stage_text(TouchStageTexts *texts, uint32 stage);

/*
 * How many touchpoints there are by as_of, and what time that is: NULL is that of
 * the last one (0 where there is none).
 */
extern uint32 touch_seen(const TouchTable *t, NullableDatum as_of, TimestampTz *until);

/* An argument as_of: an error unless it is NULL or finite; and where it must be given. */
extern void touch_check_as_of(NullableDatum as_of);
extern TimestampTz touch_required_as_of(NullableDatum as_of);

#endif							/* TOUCH_TABLE_H */
