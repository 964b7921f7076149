\echo Use "CREATE EXTENSION journey" to load this file. \quit

-- Rows to journeys, for many customers at once.

CREATE FUNCTION journey.build(INOUT customer anyelement, query text, OUT journey journey.journey)
	RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'journey_build' LANGUAGE C STABLE PARALLEL RESTRICTED COST 1000000 ROWS 100000;
COMMENT ON FUNCTION journey.build(anyelement, text) IS
$$The rows of a query as journeys, one a customer: SELECT * FROM build(NULL::bigint, 'SELECT user_id, at, event FROM events'). The same answer as GROUP BY with journey_agg, several times faster where there are many customers, whatever the order of the rows.

customer: only its type counts, which must be that of the query's first column: any type with a hash function. query: one SELECT (or VALUES, TABLE) with the columns customer, at timestamptz, event text, and, if wanted, channel text, value double precision, tiebreak bigint, in this order; their meaning is that of journey_agg. Rows without customer, time or event are skipped. No rows for a NULL or empty query's answer.

The query runs with the rights, the search_path and the snapshot of the statement that calls build, row-level security included; it may use parallel workers. Whoever can choose the text can read what the caller may read: do not put it together from what others send.

Memory: about three times hash_mem (work_mem times hash_mem_multiplier) and one customer's touchpoints; what does not fit goes to temporary files (temp_file_limit counts). While it runs, pg_stat_progress_copy has a row with type CALLBACK: tuples_processed are the rows read, tuples_excluded those skipped; once bytes_total is set, bytes_processed of it have become journeys. Cancelable at any time.

Errors: a query that is not one SELECT, columns of other number or type (datatype_mismatch), and what journey_agg refuses, with the customer named as context.$$;
