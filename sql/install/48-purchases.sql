\echo Use "CREATE EXTENSION journey" to load this file. \quit

--
-- purchases: what a customer bought, and what came back
--

CREATE TYPE journey.purchase_row AS (
	purchase_no integer,
	n integer,
	at timestamptz,
	event text,
	channel text,
	value double precision,
	taken_back_at timestamptz,
	taken_back_by text
);
COMMENT ON TYPE journey.purchase_row IS
$$A purchase of a customer, as purchases answers it.$$;
COMMENT ON COLUMN journey.purchase_row.purchase_no IS 'Which purchase it was of those that were left then, from 1: after a return the next one has the number of the one returned. purchase_no of staged_touchpoints.';
COMMENT ON COLUMN journey.purchase_row.n IS 'Number of its touchpoint, from 1 in the journey.';
COMMENT ON COLUMN journey.purchase_row.at IS 'When.';
COMMENT ON COLUMN journey.purchase_row.event IS 'Its event.';
COMMENT ON COLUMN journey.purchase_row.channel IS 'Channel of its touchpoint; NULL for none.';
COMMENT ON COLUMN journey.purchase_row.value IS 'Its value; NULL for none.';
COMMENT ON COLUMN journey.purchase_row.taken_back_at IS 'When a refund, return or cancellation took it back; NULL: it was kept.';
COMMENT ON COLUMN journey.purchase_row.taken_back_by IS 'Event of that.';

CREATE FUNCTION journey.purchases(j journey.journey, model journey.stage_model) RETURNS SETOF journey.purchase_row
	AS 'MODULE_PATHNAME', 'purchases' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 50 ROWS 2;
COMMENT ON FUNCTION journey.purchases(journey.journey, journey.stage_model) IS
$$The purchases of a customer, a row each in order, and which of them were taken back, as stage models count them: a touchpoint that fits the model's definition of purchase is one more, one that fits refund (returns and cancellations too) takes back the latest purchase that is left; where none is, nothing. A part of an order that comes back takes back the whole of it.

    SELECT customer, count(*) AS kept, sum(value) FROM shop.journeys, purchases(journey, stage_model('lifecycle')) WHERE taken_back_at IS NULL GROUP BY 1;

No rows for NULL, and for a journey without a purchase, which answers from its label table. One pass over the others. As of an earlier time: purchases(slice(j, NULL, t), model).$$;
