/*
 * session_no.c
 *	  session_no(at, timeout, boundary) OVER (...): the session of a raw row.
 *
 * A window function: each row is compared with the row before it, so a
 * partition needs no memory beyond that row's time, whatever its size.  Rows
 * that are not ordered by their time would be numbered without an error and
 * without meaning, so the direction of the first gap that is not zero is kept,
 * and a gap the other way is refused.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/timestamp.h"
#include "windowapi.h"

#include "funnel_options.h"
#include "session_rules.h"

typedef struct NumberedRows
{
	int64		session_no;		/* 0 before the first row with a time */
	TimestampTz last;
	int			direction;		/* 1 ascending, -1 descending, 0 not known */
} NumberedRows;

PG_FUNCTION_INFO_V1(session_no);
Datum
session_no(PG_FUNCTION_ARGS)
{
	WindowObject window = PG_WINDOW_OBJECT();
	NumberedRows *rows = WinGetPartitionLocalMemory(window, sizeof(NumberedRows));
	NullableDatum timeout;
	NullableDatum boundary;
	uint64		split_gap;
	uint64		gap;
	TimestampTz at;
	bool		isnull;

	timeout.value = WinGetFuncArgCurrent(window, 1, &timeout.isnull);
	boundary.value = WinGetFuncArgCurrent(window, 2, &boundary.isnull);
	split_gap = session_split_gap(timeout, boundary);
	at = DatumGetTimestampTz(WinGetFuncArgCurrent(window, 0, &isnull));
	if (isnull)
		PG_RETURN_NULL();
	if (rows->session_no == 0)
	{
		rows->session_no = 1;
		rows->last = at;
		PG_RETURN_INT64(1);
	}
	if (at != rows->last)
	{
		int			direction = at > rows->last ? 1 : -1;

		if (rows->direction == -direction)
			ereport(ERROR,
					(errcode(ERRCODE_WINDOWING_ERROR),
					 errmsg("rows of session_no are not in the order of their times"),
					 errhint("Order the window by the same column: OVER (PARTITION BY customer ORDER BY at).")));
		rows->direction = direction;
	}
	gap = at >= rows->last ? (uint64) at - (uint64) rows->last :
		(uint64) rows->last - (uint64) at;
	if (gap >= split_gap)
		rows->session_no++;
	rows->last = at;
	PG_RETURN_INT64(rows->session_no);
}
