-- orders, order_of, the views orders and delivery_gap: from buying to receiving.
SET search_path = public, journey;
SET TimeZone = 'Asia/Tokyo';
SET datestyle = 'ISO';
SET client_min_messages = warning;
\set VERBOSITY terse
\set SHOW_CONTEXT never

--
-- by hand: times are days since 2026-01-23, midnight in Berlin
--
CREATE FUNCTION od_at(day numeric) RETURNS timestamptz LANGUAGE sql IMMUTABLE RETURN '2026-01-22 23:00+00'::timestamptz + day * interval '24 hours';
CREATE FUNCTION od_day(at timestamptz) RETURNS text LANGUAGE sql IMMUTABLE RETURN trim_scale(round(extract(epoch FROM at - '2026-01-22 23:00+00') / 86400, 3));
CREATE TABLE od_model AS SELECT stage_model('actions') AS plain, stage_model('actions', settings => '{"delivery": "logged"}') AS logged, stage_model('actions', settings => '{"delivery": "none"}') AS none;
-- 'event day, event@channel=value day': a journey in that order
CREATE FUNCTION od_journey(list text) RETURNS journey LANGUAGE sql IMMUTABLE AS $$
	SELECT journey_agg(od_at(p[5]::numeric), p[1], p[2], p[3]::float8, i)
	FROM (SELECT i, regexp_match(trim(e), '^([^@=]*?)(?:@([^=]*?))?(?:=(\S+))?( )(\S+)$') AS p FROM string_to_table(list, ',') WITH ORDINALITY AS t(e, i)) AS r
$$;
CREATE FUNCTION od_show(o order_row) RETURNS text LANGUAGE sql IMMUTABLE RETURN concat_ws(' ', o.order_no || coalesce(':' || o.order_id, ''),
	'bought ' || od_day(o.purchased_at), 'promised ' || od_day(o.promised_at), 'shipped ' || od_day(o.shipped_at), 'arrived ' || od_day(o.delivered_at), 'cancelled ' || od_day(o.cancelled_at), 'returned ' || od_day(o.returned_at),
	CASE WHEN o.overdue THEN 'overdue' WHEN o.open THEN 'open' WHEN o.late THEN 'late' WHEN NOT o.late THEN 'in time' WHEN o.open IS NULL AND o.purchased_at IS NOT NULL THEN 'unknown' END,
	'm' || o.messages || CASE WHEN o.too_many_messages THEN '!' ELSE '' END, 'c' || o.contacts, 'v' || o.tracking_views, 't' || o.touchpoints, 'all' || o.all_contacts, '[' || o.flag || ']');
CREATE TABLE od_hand (no int, about text, list text, as_of numeric, want text);
INSERT INTO od_hand VALUES
	(1, 'purchase, shipment, delivery; what is in the gap', 'page_view -1, purchase@email=50 0, order_shipped 1, order_tracking_viewed 1.5, order_out_for_delivery 2, page_view 2, order_delivered 3, order_tracking_viewed 4', NULL,
		'1 bought 0 shipped 1 arrived 3 in time m0 c0 v1 t4 all0'),
	(2, 'out for delivery alone is a shipment', 'purchase 0, order_out_for_delivery 2, order_delivered 3', NULL, '1 bought 0 shipped 2 arrived 3 in time m0 c0 v0 t1 all0'),
	(3, 'open as of then, not lost', 'purchase 0, order_shipped 1, order_delivered 20', 7, '1 bought 0 shipped 1 open m0 c0 v0 t1 all0'),
	(4, 'and overdue a moment later', 'purchase 0, order_shipped 1, order_delivered 20', 7.001, '1 bought 0 shipped 1 overdue m0 c0 v0 t1 all0'),
	(5, 'late in the end', 'purchase 0, order_shipped 1, order_delivered 20', NULL, '1 bought 0 shipped 1 arrived 20 late m0 c0 v0 t1 all0'),
	(6, 'one or two mails are well', 'Email Delivered -0.1, purchase 0, Email Delivered 1, Email Delivered 3, order_delivered 4, Email Delivered 5', NULL, '1 bought 0 arrived 4 in time m2 c0 v0 t2 all0'),
	(7, 'three are too many: at the very ends, and of every kind', 'purchase 0, Order Updated 0, notification_receive 1, cart_recovery_sent 4, order_delivered 4', NULL, '1 bought 0 arrived 4 in time m3! c0 v0 t3 all0'),
	(8, 'opened where sending is not in the log', 'purchase 0, Email Delivered 1, Email Opened 1.1, Email Opened 1.2, Email Opened 1.3, Email Link Clicked 1.4, order_delivered 4', NULL, '1 bought 0 arrived 4 in time m3! c0 v0 t5 all0'),
	(9, 'the promise of the site counts, not the usual time', 'purchase 0, Order Updated/promised=3 0.1, order_shipped 1, Order Updated/promised=10 2, order_delivered 5', NULL, '1 bought 0 promised 3 shipped 1 arrived 5 late m2 c0 v0 t3 all0'),
	(10, 'a promise longer than usual is kept', 'purchase 0, Order Updated/promised=14 0, order_delivered 13', NULL, '1 bought 0 promised 14 arrived 13 in time m1 c0 v0 t1 all0'),
	(11, 'no promise at all: without value, negative, far away', 'purchase 0, Order Updated/promised 0.1, Order Updated/promised=-1 0.2, Order Updated/promised=40000 0.3, order_delivered 8', NULL, '1 bought 0 arrived 8 late m3! c0 v0 t3 all0'),
	(12, 'contacts in the gap and after it', 'support_ticket_opened -1, purchase 0, support_ticket_opened 2, Contact 2, support_ticket_resolved 3, order_delivered 4, support_ticket_opened 6, purchase 9, support_ticket_opened 10, order_delivered 11', NULL,
		'1 bought 0 arrived 4 in time m0 c2 v0 t3 all3; 2 bought 9 arrived 11 in time m0 c1 v0 t1 all1'),
	(13, 'a conversation is one contact', 'purchase 0, Live Chat Message Sent 1, Live Chat Message Sent 1.01, Live Chat Message Received 1.02, Live Chat Message Sent 1.04, Live Chat Message Sent 1.1, order_delivered 2', NULL, '1 bought 0 arrived 2 in time m0 c2 v0 t5 all2'),
	(14, 'a chat that says when it begins', 'purchase 0, Live Chat Message Sent 1, Live Chat Conversation Started 1, Live Chat Message Sent 1.01, Live Chat Conversation Ended 1.02, order_delivered 2', NULL, '1 bought 0 arrived 2 in time m0 c1 v0 t4 all1'),
	(15, 'two orders on their way', 'purchase 0, purchase 1, order_shipped 2, order_out_for_delivery 2.5, order_shipped 3, order_delivered 4, order_out_for_delivery 4.5, order_delivered 5', NULL,
		'1 bought 0 shipped 2 arrived 4 in time m0 c0 v0 t4 all0; 2 bought 1 shipped 3 arrived 5 in time m0 c0 v0 t5 all0'),
	(16, 'what bears no id is in every open gap', 'purchase 0, purchase 1, Email Delivered 2, Contact 2, order_delivered 3, order_delivered 4', NULL,
		'1 bought 0 arrived 3 in time m1 c1 v0 t3 all1; 2 bought 1 arrived 4 in time m1 c1 v0 t3 all1'),
	(17, 'a cancellation is of the latest that has not arrived', 'purchase 0, purchase 1, order_delivered 2, purchase 3, Order Cancelled 4, Order Cancelled 5, Order Cancelled 6, Order Cancelled 7', NULL,
		'1 bought 0 arrived 2 cancelled 6 in time m0 c0 v0 t1 all0; 2 bought 1 cancelled 5 m0 c0 v0 t3 all0; 3 bought 3 cancelled 4 m0 c0 v0 t0 all0'),
	(18, 'a refund is of the latest that has arrived', 'purchase 0, order_delivered 2, purchase 3, order_returned 4, order_delivered 5', NULL,
		'1 bought 0 arrived 2 returned 4 in time m0 c0 v0 t0 all0; 2 bought 3 arrived 5 in time m0 c0 v0 t1 all0'),
	(19, 'or of the latest that is overdue', 'purchase 0, order_delivered 2, purchase 3, purchase 9, refund 11, order_delivered 12', NULL,
		'1 bought 0 arrived 2 in time m0 c0 v0 t0 all0; 2 bought 3 returned 11 m0 c0 v0 t1 all0; 3 bought 9 arrived 12 in time m0 c0 v0 t1 all0'),
	(20, 'or of the latest', 'purchase 0, purchase 1, refund 2, order_delivered 3', NULL, '1 bought 0 arrived 3 in time m0 c0 v0 t2 all0; 2 bought 1 returned 2 m0 c0 v0 t0 all0'),
	(21, 'delivered before bought: flagged, not dropped', 'order_delivered 1, purchase 2, order_delivered 4', NULL, '1 arrived 1 [not bought]; 2 bought 2 arrived 4 in time m0 c0 v0 t0 all0'),
	(22, 'shipped and delivered before the data begin', 'order_shipped 0, order_delivered 2, order_returned 4, purchase 5', 6, '1 shipped 0 arrived 2 returned 4 [not bought]; 2 bought 5 open m0 c0 v0 t0 all0'),
	(23, 'one delivery too many', 'purchase 0, order_delivered 2, order_delivered 3', NULL, '1 bought 0 arrived 2 in time m0 c0 v0 t0 all0; 2 arrived 3 [not bought]'),
	(24, 'the same arrival in other words', 'purchase 0, order_delivered 2, ReceiveAction 3, ReceiveAction 4', NULL, '1 bought 0 arrived 2 in time m0 c0 v0 t0 all0; 2 arrived 4 [not bought]'),
	(25, 'a shipment of nothing', 'purchase 0, order_delivered 2, order_shipped 3', NULL, '1 bought 0 arrived 2 in time m0 c0 v0 t0 all0; 2 shipped 3 [not bought]'),
	(26, 'a shipment said twice is that of the next order', 'purchase 0, purchase 0.5, order_shipped 1, order_shipped 1.1, order_shipped 1.2, order_delivered 2', NULL,
		'1 bought 0 shipped 1 arrived 2 in time m0 c0 v0 t4 all0; 2 bought 0.5 shipped 1.1 open m0 c0 v0 t4 all0'),
	(27, 'at one time things happen in their sequence', 'order_returned 1, order_delivered 1, order_shipped 1, purchase 1', NULL, '1 bought 1 shipped 1 arrived 1 returned 1 in time m0 c0 v0 t2 all0'),
	(28, 'days without times', 'Order Updated/promised=2 1, purchase 1, order_delivered 3, Order Cancelled 3, order_shipped 3, purchase 3', NULL,
		'1 bought 1 promised 3 shipped 3 arrived 3 in time m1 c0 v0 t4 all0; 2 bought 3 cancelled 3 m0 c0 v0 t2 all0'),
	(29, 'no delivery in the log: nothing is said of open', 'purchase 0, order_shipped 1, Email Delivered 2, Contact 3, purchase 9', 30, '1 bought 0 shipped 1 unknown all1; 2 bought 9 unknown all0'),
	(30, 'but of what was taken back', 'purchase 0, Order Cancelled 1, refund 2, refund 3', NULL, '1 bought 0 cancelled 1 m0 c0 v0 t0 all0'),
	(31, 'nothing to tell', 'page_view 0, order_tracking_viewed 1, Contact 2, Order Updated/promised=3 3', NULL, NULL),
	(32, 'a refund of nothing', 'refund 0, Order Cancelled 1', NULL, NULL),
	(33, 'other names', 'Order Completed 0, SendAction 1, ReceiveAction 2', NULL, '1 bought 0 shipped 1 arrived 2 in time m0 c0 v0 t1 all0');
SELECT no, about, want IS NOT DISTINCT FROM got AS ok, CASE WHEN want IS DISTINCT FROM got THEN got END AS got
FROM od_hand, LATERAL (SELECT string_agg(od_show(o), '; ' ORDER BY o.order_no) AS got FROM orders(od_journey(list), (SELECT plain FROM od_model), od_at(as_of)) AS o) AS g ORDER BY no;
-- where the model says that deliveries are in the log, none is open
SELECT od_show(o) FROM orders(od_journey('purchase 0, Email Delivered 2, Contact 3'), (SELECT logged FROM od_model), od_at(9)) AS o;
SELECT od_show(o) FROM orders(od_journey('purchase 0, purchase 1, order_delivered 2'), (SELECT none FROM od_model), od_at(9)) AS o;
-- another usual time; none
SELECT promise, o.due_at = od_at(3) AS due, o.overdue, o.late FROM unnest('{2 days,3 days,72:00,NULL}'::interval[]) AS promise, orders(od_journey('purchase 1, order_delivered 5'), (SELECT plain FROM od_model), NULL, promise) AS o;
SELECT o.promised_at = o.due_at AS due, o.overdue, o.open FROM orders(od_journey('purchase 1, Order Updated/promised=2.5 1'), (SELECT logged FROM od_model), od_at(4), NULL) AS o;
SELECT o.due_at, o.promised_at, o.overdue FROM orders('[9999-12-31 00:00 purchase, 9999-12-31 00:00 "Order Updated/promised" =36525]', (SELECT logged FROM od_model), NULL, '1000000 days') AS o;
SELECT due_at, overdue, open FROM orders(od_journey('purchase 1'), (SELECT logged FROM od_model), od_at(1000), '106750000 days');
-- the intervals, the response of the service, how it shall be sent
SELECT purchase_to_ship_seconds AS to_ship, ship_to_deliver_seconds AS on_the_way, gap_seconds AS gap, waited_seconds AS waited, promised_to_delivered_seconds AS after_promise, value, channel, shipping_option, first_response_seconds AS response, resolution_seconds AS resolution
FROM orders(od_journey('add_shipping_info/slow -1, add_shipping_info/express -0.5, purchase@email=50 0, add_shipping_info 0.1, Order Updated/promised=2 0.2, order_shipped 1, AskAction 1.5, ReplyAction 1.75, Live Chat Conversation Ended 2, order_delivered 3, purchase 4, purchase 5'), (SELECT plain FROM od_model), od_at(7));
SELECT first_response_seconds AS response, resolution_seconds AS resolution, all_contacts FROM orders(od_journey('ReplyAction 1, purchase 1, order_delivered 1, Contact 2, ReplyAction 2, support_ticket_resolved 3'), (SELECT plain FROM od_model));

--
-- with ids
--
-- an order that was delivered before it was bought: flagged, its gap negative; a real delivery is not hidden by one that came too early
SELECT od_show(o), o.gap_seconds, o.waited_seconds, o.late, o.overdue FROM order_of(od_journey('order_shipped 0, order_delivered 1, purchase=9 2, Email Delivered 3'), (SELECT plain FROM od_model)) AS o;
SELECT od_show(o), o.value FROM order_of(od_journey('order_delivered 1, Order Cancelled 1, purchase=9 2, purchase=9 2.1, order_delivered 3, order_delivered 4, order_shipped 5, order_returned 6, refund 7'), (SELECT plain FROM od_model)) AS o;
SELECT od_show(o) FROM order_of(od_journey('purchase 0, Order Cancelled 1, order_delivered 2'), (SELECT plain FROM od_model)) AS o;
SELECT od_show(o) FROM order_of(od_journey('order_shipped 3'), (SELECT plain FROM od_model), od_at(4)) AS o;
SELECT od_show(o) FROM order_of(od_journey('refund 3, order_tracking_viewed 4'), (SELECT plain FROM od_model)) AS o;
SELECT count(*) AS none FROM order_of(od_journey('order_tracking_viewed 4, support_ticket_opened 5'), (SELECT plain FROM od_model));
SELECT (SELECT count(*) FROM order_of(NULL, (SELECT plain FROM od_model))) AS none, (SELECT count(*) FROM orders('[]', (SELECT plain FROM od_model))) AS none, (SELECT count(*) FROM orders(od_journey('purchase 3'), (SELECT plain FROM od_model), od_at(2))) AS too_early;
-- orders that overtake each other; mails and tickets that bear another order's id do not count, those that bear none do
SELECT od_show(o) FROM orders(
	od_journey('purchase 0, purchase 1, order_shipped 2, order_delivered 3, Email Delivered 3.1, Email Delivered@b 3.2, support_ticket_opened 3.5, support_ticket_opened@a 3.6, order_shipped 4, order_delivered 5'), (SELECT plain FROM od_model), NULL, '7 days', '{a,b}',
	ARRAY[od_journey('purchase 0, support_ticket_opened@a 3.6, order_shipped 4, order_delivered 5'), od_journey('purchase 1, order_shipped 2, order_delivered 3, Email Delivered@b 3.2')]) AS o;
-- ids on purchases only, or on some orders only: the rest by time, among those that have none by id
SELECT od_show(o) FROM orders(od_journey('purchase 0, purchase 1, order_shipped 2, order_delivered 3, order_shipped 4, order_delivered 5'), (SELECT plain FROM od_model), NULL, '7 days', '{a,b}', ARRAY[od_journey('purchase 0'), od_journey('purchase 1')]) AS o;
SELECT od_show(o) FROM orders(od_journey('purchase=1 0, purchase=2 1, order_shipped 2, order_delivered 3, order_shipped@b 4, order_delivered@b 5, refund 6, Order Cancelled@b 7, purchase=3 8'), (SELECT plain FROM od_model), od_at(9), '7 days', '{b}', ARRAY[od_journey('purchase=1 0, purchase=1 0.5, order_shipped@b 4, order_delivered@b 5, Order Cancelled@b 7')]) AS o;
-- a contact after the arrival that bears the id, however late; one that bears none only until the next purchase
SELECT od_show(o) FROM orders(od_journey('purchase 0, order_delivered 1, Contact 2, purchase 3, order_delivered 4, support_ticket_opened 5, Contact 6'), (SELECT plain FROM od_model), NULL, '7 days', '{a}', ARRAY[od_journey('purchase 0, support_ticket_opened 5')]) AS o;
-- equal touchpoints are told apart by number only; what is not there, and empty or missing journeys, change nothing
SELECT od_show(o) FROM orders(od_journey('purchase 0, purchase 0, order_delivered 1, order_delivered 1'), (SELECT plain FROM od_model), NULL, '7 days', '{a,b,c,d}', ARRAY[od_journey('purchase 0, order_delivered 1'), od_journey('purchase 0, purchase 5, order_delivered 1, order_shipped@x 1, order_delivered 1'), '[]', NULL]) AS o;
SELECT od_show(o) FROM orders(od_journey('purchase 0, order_delivered 1'), (SELECT plain FROM od_model), NULL, '7 days', '{}', '{}') AS o;

-- refused
SELECT * FROM orders('[]', NULL);
SELECT * FROM order_of('[]', NULL);
SELECT * FROM orders('[]', (SELECT plain FROM od_model), 'infinity');
SELECT * FROM order_of(NULL, (SELECT plain FROM od_model), '-infinity');
SELECT * FROM orders('[]', (SELECT plain FROM od_model), NULL, '1 month');
SELECT * FROM orders('[]', (SELECT plain FROM od_model), NULL, '-1 day');
SELECT * FROM orders('[]', (SELECT plain FROM od_model), NULL, '1 day', '{a}');
SELECT * FROM orders('[]', (SELECT plain FROM od_model), order_journeys => '{}');
SELECT * FROM orders('[]', (SELECT plain FROM od_model), NULL, '1 day', '{a,b}', '{[]}');
SELECT * FROM orders('[]', (SELECT plain FROM od_model), NULL, '1 day', '{a,NULL}', '{[],[]}');
SELECT * FROM orders('[]', (SELECT plain FROM od_model), NULL, '1 day', '{{a},{b}}', '{[],[]}');
DO $$ BEGIN PERFORM * FROM orders('[]', (SELECT plain FROM od_model), order_ids => '{a}'); EXCEPTION WHEN null_value_not_allowed THEN RAISE WARNING 'null_value_not_allowed'; END $$;
DO $$ BEGIN PERFORM * FROM orders('[]', (SELECT plain FROM od_model), NULL, '1 day', '{a}', '{}'); EXCEPTION WHEN array_subscript_error THEN RAISE WARNING 'array_subscript_error'; END $$;
DO $$ BEGIN PERFORM * FROM orders('[]', (SELECT plain FROM od_model), 'infinity'); EXCEPTION WHEN invalid_parameter_value THEN RAISE WARNING 'invalid_parameter_value'; END $$;

--
-- random journeys against a ledger kept in plain SQL, one message after the other
--
\set seed 0.3141
\echo seed :seed
SELECT setseed(:seed);
-- hours in steps of six: many ties; a third of the customers without ids, a third with ids on all, a third on some
CREATE TABLE od_raw AS
SELECT DISTINCT ON (customer, at, event, channel, value) *
FROM (SELECT c AS customer, i AS n, od_at(floor(random() * 80)::numeric / 4) AS at,
		(ARRAY['purchase', 'purchase', 'purchase', 'Order Completed', 'order_shipped', 'order_shipped', 'order_out_for_delivery', 'order_delivered', 'order_delivered', 'ReceiveAction', 'Order Cancelled', 'refund', 'order_returned',
			'Order Updated/promised', 'Order Updated', 'Email Delivered', 'Email Opened', 'cart_recovery_sent', 'order_tracking_viewed', 'support_ticket_opened', 'Live Chat Message Sent', 'Live Chat Message Sent', 'Live Chat Message Received',
			'support_ticket_resolved', 'Contact', 'page_view', 'add_shipping_info/express', 'add_shipping_info'])[1 + floor(random() * 28)::int] AS event,
		(ARRAY[NULL, 'x', 'y'])[1 + floor(random() * 3)::int] AS channel, CASE WHEN random() < 0.7 THEN floor(random() * 16) - 3 END AS value,
		CASE WHEN c % 3 = 0 OR c % 3 = 1 AND random() < 0.5 THEN NULL ELSE (ARRAY['k', 'l', 'm'])[1 + floor(random() * 3)::int] END AS oid
	FROM generate_series(1, 240) AS c, generate_series(1, 30) AS i WHERE i <= 4 + (c % 9) * 3) AS r
ORDER BY customer, at, event, channel, value, n;
-- as sources have it: of the purchases with one id the first
CREATE TABLE od_kept AS
SELECT r.*, CASE WHEN event IN ('purchase', 'Order Completed') THEN 'buy' WHEN event IN ('order_shipped', 'order_out_for_delivery') THEN 'ship' WHEN event IN ('order_delivered', 'ReceiveAction') THEN 'deliver'
		WHEN event = 'Order Cancelled' THEN 'cancel' WHEN event IN ('refund', 'order_returned') THEN 'refund' WHEN event = 'Order Updated/promised' THEN 'promise' ELSE '' END AS kind
FROM od_raw AS r
WHERE oid IS NULL OR event NOT IN ('purchase', 'Order Completed')
	OR NOT EXISTS (SELECT FROM od_raw AS e WHERE e.customer = r.customer AND e.oid = r.oid AND e.event IN ('purchase', 'Order Completed') AND (e.at, e.n) < (r.at, r.n));
CREATE INDEX ON od_kept (customer, at);
CREATE TABLE od_store AS
SELECT s.customer, s.j, i.ids, i.journeys FROM (SELECT customer, journey_agg(at, event, channel, value, n) AS j FROM od_kept GROUP BY customer) AS s
	LEFT JOIN (SELECT customer, array_agg(oid ORDER BY oid) AS ids, array_agg(j ORDER BY oid) AS journeys FROM (SELECT customer, oid, journey_agg(at, event, channel, value, n) AS j FROM od_raw WHERE oid IS NOT NULL GROUP BY customer, oid) AS o GROUP BY customer) AS i USING (customer);
CREATE TABLE od_asked (q int, as_of timestamptz, promise interval, logging text);
INSERT INTO od_asked VALUES (1, od_at(25), '7 days', 'logged'), (2, od_at(11), '2 days', 'none'), (3, od_at(13.1), NULL, 'logged');

CREATE TABLE od_want (q int, customer int, no int, oid text, buy timestamptz, buy_n int, days float8, ship timestamptz, deliver timestamptz, deliver_event text, cancel timestamptz, refund timestamptz,
	ship_names text[], deliver_names text[], ship_by_id boolean, taken_by_id boolean, told_at int, PRIMARY KEY (q, customer, no));
CREATE FUNCTION od_ledger(ask int, who int, until timestamptz, usual interval) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
	m record;
	hit int;
	told int := 0;
BEGIN
	FOR m IN
		-- an id's row begins with its purchase, or without one with its first message
		SELECT k.*, x.opens, b.buy, b.days, b.ship, b.deliver, b.cancel, b.refund FROM od_kept AS k
			LEFT JOIN (
				SELECT o.oid, coalesce(min(k.n) FILTER (WHERE k.kind = 'buy'), (array_agg(k.n ORDER BY k.at, k.n) FILTER (WHERE k.kind IN ('ship', 'deliver', 'cancel', 'refund')))[1]) AS n, o.buy,
					(array_agg(k.value ORDER BY k.at, k.n) FILTER (WHERE k.kind = 'promise' AND k.value >= 0))[1] AS days,
					coalesce(min(k.at) FILTER (WHERE k.kind = 'ship' AND k.at >= o.buy), min(k.at) FILTER (WHERE k.kind = 'ship')) AS ship,
					coalesce(min(k.at) FILTER (WHERE k.kind = 'deliver' AND k.at >= o.buy), min(k.at) FILTER (WHERE k.kind = 'deliver')) AS deliver,
					coalesce(min(k.at) FILTER (WHERE k.kind = 'cancel' AND k.at >= o.buy), min(k.at) FILTER (WHERE k.kind = 'cancel')) AS cancel,
					coalesce(min(k.at) FILTER (WHERE k.kind = 'refund' AND k.at >= o.buy), min(k.at) FILTER (WHERE k.kind = 'refund')) AS refund
				FROM (SELECT oid, min(at) FILTER (WHERE kind = 'buy') AS buy FROM od_kept WHERE customer = who AND at <= until AND oid IS NOT NULL GROUP BY oid) AS o JOIN od_kept AS k ON k.customer = who AND k.at <= until AND k.oid = o.oid
				GROUP BY o.oid, o.buy) AS b ON b.oid = k.oid
			CROSS JOIN (VALUES (true), (false)) AS x(opens)
		WHERE k.customer = who AND k.at <= until AND CASE WHEN x.opens THEN b.n = k.n ELSE k.kind <> '' END
		ORDER BY k.at, CASE WHEN x.opens OR k.kind = 'buy' THEN 1 WHEN k.kind = 'promise' THEN 2 WHEN k.kind = 'ship' THEN 3 WHEN k.kind = 'deliver' THEN 4 ELSE 5 END, k.kind = 'deliver' AND k.oid IS NULL, k.n
	LOOP
		IF m.oid IS NOT NULL THEN
			IF m.opens THEN
				INSERT INTO od_want VALUES (ask, who, (SELECT count(*) + 1 FROM od_want AS w WHERE w.q = ask AND w.customer = who), m.oid, m.buy, CASE WHEN m.kind = 'buy' THEN m.n END, m.days, m.ship, m.deliver,
					(SELECT k.event FROM od_kept AS k WHERE k.customer = who AND k.oid = m.oid AND k.kind = 'deliver' AND k.at = m.deliver ORDER BY k.n LIMIT 1), m.cancel, m.refund, '{}', '{}', m.ship IS NOT NULL, coalesce(m.cancel, m.refund) IS NOT NULL);
			END IF;
			-- the message that is its arrival, once the order is known
			IF NOT m.opens AND m.kind = 'deliver' AND m.at = m.deliver AND m.n = (SELECT k.n FROM od_kept AS k WHERE k.customer = who AND k.oid = m.oid AND k.kind = 'deliver' AND k.at = m.at ORDER BY k.n LIMIT 1) AND (m.buy IS NULL OR m.buy <= m.at) THEN
				told := told + 1;
				UPDATE od_want SET told_at = told, deliver_names = ARRAY[m.event] WHERE q = ask AND customer = who AND oid = m.oid;
			END IF;
			CONTINUE;
		END IF;
		hit := NULL;
		CASE m.kind
		WHEN 'buy' THEN
			INSERT INTO od_want VALUES (ask, who, (SELECT count(*) + 1 FROM od_want AS w WHERE w.q = ask AND w.customer = who), NULL, m.at, m.n, NULL, NULL, NULL, NULL, NULL, NULL, '{}', '{}', false, false);
		WHEN 'promise' THEN
			UPDATE od_want AS w SET days = m.value WHERE w.q = ask AND w.customer = who AND w.days IS NULL AND m.value >= 0 AND (w.deliver >= m.at) IS NOT FALSE AND (least(w.cancel, w.refund) >= m.at) IS NOT FALSE
				AND w.no = (SELECT max(x.no) FROM od_want AS x WHERE x.q = ask AND x.customer = who AND x.buy IS NOT NULL);
		WHEN 'ship' THEN
			SELECT min(w.no) INTO hit FROM od_want AS w WHERE w.q = ask AND w.customer = who AND NOT w.ship_by_id AND NOT m.event = ANY (w.ship_names) AND (w.deliver >= m.at) IS NOT FALSE AND (least(w.cancel, w.refund) >= m.at) IS NOT FALSE;
			IF hit IS NOT NULL THEN
				UPDATE od_want AS w SET ship = coalesce(w.ship, m.at), ship_names = w.ship_names || m.event WHERE w.q = ask AND w.customer = who AND w.no = hit;
			ELSIF NOT EXISTS (SELECT FROM od_want AS w WHERE w.q = ask AND w.customer = who AND (w.deliver >= m.at) IS NOT FALSE AND (least(w.cancel, w.refund) >= m.at) IS NOT FALSE) THEN
				INSERT INTO od_want VALUES (ask, who, (SELECT count(*) + 1 FROM od_want AS w WHERE w.q = ask AND w.customer = who), NULL, NULL, NULL, NULL, m.at, NULL, NULL, NULL, NULL, ARRAY[m.event], '{}', false, false);
			END IF;
		WHEN 'deliver' THEN
			SELECT min(w.no) INTO hit FROM od_want AS w WHERE w.q = ask AND w.customer = who AND w.deliver IS NULL AND (least(w.cancel, w.refund) >= m.at) IS NOT FALSE;
			IF hit IS NULL THEN
				UPDATE od_want AS w SET deliver_names = w.deliver_names || m.event WHERE w.q = ask AND w.customer = who AND told > 0 AND w.told_at = told AND NOT m.event = ANY (w.deliver_names);
				CONTINUE WHEN FOUND;
				SELECT count(*) + 1 INTO hit FROM od_want AS w WHERE w.q = ask AND w.customer = who;
				INSERT INTO od_want VALUES (ask, who, hit, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '{}', '{}', false, false);
			END IF;
			told := told + 1;
			UPDATE od_want AS w SET deliver = m.at, deliver_event = m.event, told_at = told, deliver_names = ARRAY[m.event] WHERE w.q = ask AND w.customer = who AND w.no = hit;
		ELSE
			SELECT w.no INTO hit FROM od_want AS w WHERE w.q = ask AND w.customer = who AND NOT w.taken_by_id AND w.cancel IS NULL AND w.refund IS NULL
			ORDER BY CASE m.kind WHEN 'cancel' THEN w.deliver <= m.at IS TRUE ELSE (w.deliver <= m.at OR w.buy + coalesce(w.days * interval '24 hours', usual) < m.at) IS NOT TRUE END, w.no DESC LIMIT 1;
			UPDATE od_want AS w SET cancel = CASE m.kind WHEN 'cancel' THEN m.at END, refund = CASE m.kind WHEN 'refund' THEN m.at END WHERE w.q = ask AND w.customer = who AND w.no = hit;
		END CASE;
	END LOOP;
END $$;
SELECT count(od_ledger(a.q, s.customer, a.as_of, a.promise)) AS asked FROM od_asked AS a, od_store AS s;

-- what can be said of each order
CREATE TABLE od_told AS
SELECT w.*, a.as_of, CASE WHEN w.days IS NOT NULL THEN w.buy + w.days * interval '24 hours' END AS promised, w.buy + coalesce(w.days * interval '24 hours', a.promise) AS due,
	CASE WHEN w.buy IS NOT NULL AND coalesce(w.deliver, least(w.cancel, w.refund), CASE a.logging WHEN 'logged' THEN a.as_of END) >= w.buy THEN coalesce(w.deliver, least(w.cancel, w.refund), a.as_of) END AS gap_end,
	CASE WHEN w.buy IS NULL OR coalesce(w.deliver, w.cancel, w.refund) IS NULL AND a.logging = 'none' THEN NULL ELSE coalesce(w.deliver, w.cancel, w.refund) IS NULL END AS open,
	(SELECT min(x.buy) FROM od_want AS x WHERE x.q = w.q AND x.customer = w.customer AND x.no > w.no) AS next_buy,
	(SELECT x.buy FROM od_want AS x WHERE x.q = w.q AND x.customer = w.customer AND x.no < w.no AND x.buy IS NOT NULL ORDER BY x.no DESC LIMIT 1) AS buy_before
FROM od_want AS w JOIN od_asked AS a USING (q);
-- which touchpoints begin a contact
CREATE TABLE od_contact AS
SELECT k.* FROM od_kept AS k
WHERE event IN ('support_ticket_opened', 'Contact') OR event = 'Live Chat Message Sent'
	AND NOT EXISTS (SELECT FROM od_kept AS b WHERE b.customer = k.customer AND b.event IN ('support_ticket_opened', 'Contact', 'Live Chat Message Received', 'support_ticket_resolved') AND b.at BETWEEN k.at - interval '30 min' AND k.at)
	AND NOT EXISTS (SELECT FROM od_kept AS b WHERE b.customer = k.customer AND b.event = 'Live Chat Message Sent' AND b.at >= k.at - interval '30 min' AND (b.at, b.n) < (k.at, k.n));
CREATE TABLE od_seen AS SELECT k.*, x.n IS NOT NULL AS contact FROM od_kept AS k LEFT JOIN od_contact AS x USING (customer, n);
CREATE INDEX ON od_seen (customer, at);
ANALYZE od_seen, od_told;
CREATE TABLE od_answer AS
SELECT t.q, t.customer, t.no AS order_no, t.oid AS order_id, t.buy AS purchased_at, t.ship AS shipped_at, t.deliver AS delivered_at, t.promised AS promised_at, t.due AS due_at, t.cancel AS cancelled_at, t.refund AS returned_at, b.value, b.channel,
	(SELECT nullif(split_part(k.event, '/', 2), '') FROM od_seen AS k WHERE k.customer = t.customer AND k.event LIKE 'add_shipping_info%' AND k.at <= t.buy AND (k.at > t.buy_before) IS NOT FALSE ORDER BY k.at DESC, k.n DESC LIMIT 1) AS shipping_option,
	extract(epoch FROM t.ship - t.buy)::float8 AS to_ship, extract(epoch FROM t.deliver - t.ship)::float8 AS on_the_way, extract(epoch FROM t.deliver - t.buy)::float8 AS gap, extract(epoch FROM t.deliver - t.promised)::float8 AS after_promise,
	extract(epoch FROM t.gap_end - t.buy)::float8 AS waited, t.open, CASE WHEN t.open THEN t.as_of > t.due WHEN NOT t.open THEN false END AS overdue, CASE WHEN t.gap_end IS NOT NULL THEN t.deliver > t.due END AS late,
	g.messages, g.messages > 2 AS too_many, g.contacts, g.views, g.touchpoints - 1 - (NOT t.open)::int AS touchpoints, CASE WHEN t.buy IS NOT NULL THEN c.n END AS all_contacts,
	extract(epoch FROM (SELECT min(k.at) FROM od_seen AS k WHERE k.customer = t.customer AND k.at BETWEEN c.at AND t.as_of AND k.event IN ('Live Chat Message Received', 'support_ticket_resolved') AND (k.oid = t.oid OR k.oid IS NULL)) - c.at)::float8 AS response,
	extract(epoch FROM (SELECT min(k.at) FROM od_seen AS k WHERE k.customer = t.customer AND k.at BETWEEN c.at AND t.as_of AND k.event = 'support_ticket_resolved' AND (k.oid = t.oid OR k.oid IS NULL)) - c.at)::float8 AS resolution,
	nullif(concat_ws(', ', CASE WHEN t.buy IS NULL THEN 'not bought' END, CASE WHEN t.ship < t.buy THEN 'shipped before bought' END, CASE WHEN t.deliver < t.buy THEN 'delivered before bought' END, CASE WHEN least(t.cancel, t.refund) < t.buy THEN 'taken back before bought' END,
		CASE WHEN t.deliver < t.ship THEN 'delivered before shipped' END, CASE WHEN least(t.cancel, t.refund) < t.deliver AND (least(t.cancel, t.refund) < t.buy) IS NOT TRUE THEN 'delivered after taken back' END), '') AS flag
FROM od_told AS t
	LEFT JOIN od_seen AS b ON b.customer = t.customer AND b.n = t.buy_n
	LEFT JOIN LATERAL (
		SELECT greatest(count(*) FILTER (WHERE k.event IN ('Email Delivered', 'cart_recovery_sent', 'Order Updated', 'Order Updated/promised')), count(*) FILTER (WHERE k.event = 'Email Opened')) AS messages,
			count(*) FILTER (WHERE k.contact) AS contacts, count(*) FILTER (WHERE k.event = 'order_tracking_viewed') AS views, count(*) AS touchpoints
		FROM od_seen AS k
		WHERE k.customer = t.customer AND k.at BETWEEN t.buy AND t.gap_end AND (k.oid = t.oid OR k.oid IS NULL)) AS g ON t.gap_end IS NOT NULL
	CROSS JOIN LATERAL (
		SELECT count(*) AS n, min(x.at) AS at FROM od_seen AS x
		WHERE x.contact AND x.customer = t.customer AND x.at BETWEEN t.buy AND t.as_of AND (x.oid = t.oid OR x.oid IS NULL AND ((x.at < t.next_buy) IS NOT FALSE OR x.at <= t.gap_end))) AS c;
CREATE TABLE od_got AS
SELECT a.q, s.customer, o.* FROM od_asked AS a, od_store AS s, orders(s.j, CASE a.logging WHEN 'logged' THEN (SELECT logged FROM od_model) ELSE (SELECT none FROM od_model) END, a.as_of, a.promise, s.ids, s.journeys) AS o;
SELECT q, count(*) AS orders, count(*) FILTER (WHERE g IS NULL OR w IS NULL OR
	(g.order_id, g.purchased_at, g.shipped_at, g.delivered_at, g.promised_at, g.due_at, g.cancelled_at, g.returned_at, g.value, g.channel, g.shipping_option)
	IS DISTINCT FROM (w.order_id, w.purchased_at, w.shipped_at, w.delivered_at, w.promised_at, w.due_at, w.cancelled_at, w.returned_at, w.value, w.channel, w.shipping_option)) AS whose,
	count(*) FILTER (WHERE (g.purchase_to_ship_seconds, g.ship_to_deliver_seconds, g.gap_seconds, g.promised_to_delivered_seconds, g.waited_seconds, g.open, g.overdue, g.late, g.flag)
	IS DISTINCT FROM (w.to_ship, w.on_the_way, w.gap, w.after_promise, w.waited, w.open, w.overdue, w.late, w.flag)) AS when,
	count(*) FILTER (WHERE (g.messages, g.too_many_messages, g.contacts, g.tracking_views, g.touchpoints, g.all_contacts, g.first_response_seconds, g.resolution_seconds)
	IS DISTINCT FROM (w.messages, w.too_many, w.contacts, w.views, w.touchpoints, w.all_contacts, w.response, w.resolution)) AS what
FROM od_got AS g FULL JOIN od_answer AS w USING (q, customer, order_no) GROUP BY q ORDER BY q;
-- enough of everything was met
SELECT count(order_id) AS by_id, count(*) FILTER (WHERE order_id IS NULL) AS by_time, count(*) FILTER (WHERE open) AS open, count(*) FILTER (WHERE overdue) AS overdue, count(*) FILTER (WHERE late) AS late, count(cancelled_at) AS cancelled, count(returned_at) AS returned,
	count(promised_at) AS promised, count(*) FILTER (WHERE too_many_messages) AS too_many, sum(contacts) AS contacts, sum(all_contacts) AS all_contacts, count(first_response_seconds) AS answered, count(shipping_option) AS options FROM od_got;
SELECT f, count(*) FROM od_got, string_to_table(flag, ', ') AS f GROUP BY f ORDER BY f;
-- each purchase is in one row, and the row of an id is the only one with it
SELECT q, count(*) FILTER (WHERE g.purchased_at IS NOT NULL) = (SELECT count(*) FROM od_kept AS k, od_asked AS a WHERE a.q = g.q AND k.kind = 'buy' AND k.at <= a.as_of) AS purchases,
	count(order_id) = count(DISTINCT (customer, order_id)) FILTER (WHERE order_id IS NOT NULL) AS ids FROM od_got AS g GROUP BY q ORDER BY q;
-- the order of an id alone is that of orders, but for what bears no id
SELECT count(*) AS orders, count(*) FILTER (WHERE g IS NULL OR w IS NULL OR (g.purchased_at, g.flag) IS DISTINCT FROM (w.purchased_at, w.flag) OR (g.shipped_at, g.delivered_at, g.cancelled_at, g.returned_at) IS DISTINCT FROM (w.shipped_at, w.delivered_at, w.cancelled_at, w.returned_at)) AS differences
FROM (SELECT s.customer, i.id, o.* FROM od_store AS s, unnest(s.ids, s.journeys) AS i(id, j), order_of(i.j, (SELECT plain FROM od_model), od_at(25)) AS o WHERE s.customer % 3 = 2) AS g
	FULL JOIN (SELECT * FROM od_got WHERE q = 1 AND customer % 3 = 2 AND order_id IS NOT NULL) AS w ON w.customer = g.customer AND w.order_id = g.id;

--
-- a source: the views
--
SELECT customers, touchpoints = (SELECT count(*) FROM od_kept) AS touchpoints FROM create_source('od', 'od_raw', 'customer', 'at', 'event', 'channel', 'value', order_id => 'oid', tiebreak => 'n', timezone => 'Europe/Berlin');
SELECT customers, touchpoints = (SELECT count(*) FROM od_raw) AS touchpoints FROM create_source('od_time', 'od_raw', 'customer', 'at', 'event', 'channel', tiebreak => 'n', timezone => 'Europe/Berlin');
SELECT count(*) AS orders, count(*) FILTER (WHERE v IS NULL OR g IS NULL OR to_jsonb(g) - 'customer' IS DISTINCT FROM (SELECT jsonb_object_agg(key, value) FROM jsonb_each(to_jsonb(v)) WHERE key NOT LIKE '%\_date' AND key <> 'customer')) AS differences,
	bool_and((v.purchased_date, v.shipped_date, v.delivered_date, v.promised_date, v.due_date, v.cancelled_date, v.returned_date) IS NOT DISTINCT FROM ((v.purchased_at AT TIME ZONE 'Europe/Berlin')::date, (v.shipped_at AT TIME ZONE 'Europe/Berlin')::date,
		(v.delivered_at AT TIME ZONE 'Europe/Berlin')::date, (v.promised_at AT TIME ZONE 'Europe/Berlin')::date, (v.due_at AT TIME ZONE 'Europe/Berlin')::date, (v.cancelled_at AT TIME ZONE 'Europe/Berlin')::date, (v.returned_at AT TIME ZONE 'Europe/Berlin')::date)) AS dates
FROM od.orders AS v FULL JOIN (SELECT s.customer, o.* FROM od_store AS s, orders(s.j, (SELECT logged FROM od_model), (SELECT max(at) FROM od_kept), '7 days', s.ids, s.journeys) AS o) AS g ON g.customer = v.customer AND g.order_no = v.order_no;
SELECT count(*) AS orders, count(*) FILTER (WHERE v IS NULL OR g IS NULL OR od_show(g.o) IS DISTINCT FROM concat_ws(' ', v.order_no || coalesce(':' || v.order_id, ''),
	'bought ' || od_day(v.purchased_at), 'promised ' || od_day(v.promised_at), 'shipped ' || od_day(v.shipped_at), 'arrived ' || od_day(v.delivered_at), 'cancelled ' || od_day(v.cancelled_at), 'returned ' || od_day(v.returned_at),
	CASE WHEN v.overdue THEN 'overdue' WHEN v.open THEN 'open' WHEN v.late THEN 'late' WHEN NOT v.late THEN 'in time' WHEN v.open IS NULL AND v.purchased_at IS NOT NULL THEN 'unknown' END,
	'm' || v.messages || CASE WHEN v.too_many_messages THEN '!' ELSE '' END, 'c' || v.contacts, 'v' || v.tracking_views, 't' || v.touchpoints, 'all' || v.all_contacts, '[' || v.flag || ']')) AS differences, count(v.order_id) AS ids, count(v.promised_at) AS promises
FROM od_time.orders AS v FULL JOIN (SELECT s.customer, o, o.order_no FROM od_time.store AS s, orders(s.journey, (SELECT logged FROM od_model), (SELECT max(at) FROM od_raw)) AS o) AS g ON g.customer = v.customer AND g.order_no = v.order_no;
SELECT (SELECT count(purchased_at) FROM od.orders) = (SELECT sum(purchases) FROM od.customers) AS purchases, (SELECT count(purchased_at) FROM od_time.orders) = (SELECT sum(purchases) FROM od_time.customers) AS by_time,
	(SELECT count(*) FROM od.orders WHERE order_id IS NOT NULL AND purchased_at IS NOT NULL) = (SELECT count(*) FROM (SELECT DISTINCT customer, oid FROM od_raw WHERE oid IS NOT NULL AND event IN ('purchase', 'Order Completed')) AS d) AS ids;

-- the months, from the orders in plain SQL; the estimated medians are those of a product of shares
CREATE TABLE od_month AS SELECT *, date_trunc('month', coalesce(purchased_at, least(shipped_at, delivered_at, cancelled_at, returned_at)) AT TIME ZONE 'Europe/Berlin')::date AS month FROM od.orders;
WITH steps AS (
	SELECT d.measure, d.month, d.seconds, count(*) FILTER (WHERE d.happened) AS happened, sum(count(*)) OVER (PARTITION BY d.measure, d.month ORDER BY d.seconds DESC) AS at_risk
	FROM (SELECT 'gap' AS measure, month, waited_seconds AS seconds, delivered_at IS NOT NULL AS happened FROM od_month WHERE waited_seconds IS NOT NULL
		UNION ALL SELECT 'ship', month, coalesce(purchase_to_ship_seconds, waited_seconds), shipped_at IS NOT NULL FROM od_month WHERE purchase_to_ship_seconds >= 0 OR shipped_at IS NULL AND delivered_at IS NULL AND waited_seconds IS NOT NULL) AS d
	GROUP BY d.measure, d.month, d.seconds
), curve AS (
	SELECT s.measure, s.month, s.seconds, coalesce(exp(sum(ln((s.at_risk - s.happened) / s.at_risk)) FILTER (WHERE s.at_risk > s.happened) OVER w), 1) * CASE WHEN bool_or(s.at_risk = s.happened) OVER w THEN 0 ELSE 1 END AS survival
	FROM steps AS s WINDOW w AS (PARTITION BY s.measure, s.month ORDER BY s.seconds)
), medians AS (
	SELECT month, min(seconds) FILTER (WHERE measure = 'gap' AND survival <= 0.5 + 1e-12) AS gap, min(seconds) FILTER (WHERE measure = 'ship' AND survival <= 0.5 + 1e-12) AS ship FROM curve GROUP BY month
), want AS (
	SELECT month, count(purchased_at) AS orders, count(DISTINCT customer) FILTER (WHERE purchased_at IS NOT NULL) AS customers, count(*) FILTER (WHERE purchased_at IS NOT NULL AND shipped_at IS NOT NULL) AS shipped,
		count(*) FILTER (WHERE purchased_at IS NOT NULL AND delivered_at IS NOT NULL) AS delivered, count(*) FILTER (WHERE purchased_at IS NOT NULL AND delivered_at IS NULL AND NOT open) AS taken_back,
		count(*) FILTER (WHERE open) AS open, count(*) FILTER (WHERE overdue) AS overdue, count(*) FILTER (WHERE late) AS late, count(late) + count(*) FILTER (WHERE overdue) AS decided,
		count(*) FILTER (WHERE shipped_at >= purchased_at) AS to_ship, percentile_cont(0.5) WITHIN GROUP (ORDER BY CASE WHEN shipped_at >= purchased_at THEN purchase_to_ship_seconds END) AS ship_median, percentile_cont(0.9) WITHIN GROUP (ORDER BY CASE WHEN shipped_at >= purchased_at THEN purchase_to_ship_seconds END) AS ship_p90,
		count(*) FILTER (WHERE delivered_at >= shipped_at) AS on_the_way, percentile_cont(0.5) WITHIN GROUP (ORDER BY CASE WHEN delivered_at >= shipped_at THEN ship_to_deliver_seconds END) AS way_median, percentile_cont(0.9) WITHIN GROUP (ORDER BY CASE WHEN delivered_at >= shipped_at THEN ship_to_deliver_seconds END) AS way_p90,
		count(*) FILTER (WHERE delivered_at >= purchased_at) AS gaps, percentile_cont(0.5) WITHIN GROUP (ORDER BY CASE WHEN delivered_at >= purchased_at THEN gap_seconds END) AS gap_median, percentile_cont(0.9) WITHIN GROUP (ORDER BY CASE WHEN delivered_at >= purchased_at THEN gap_seconds END) AS gap_p90,
		count(promised_at) AS promised, count(*) FILTER (WHERE promised_at IS NOT NULL AND delivered_at >= purchased_at) AS promised_delivered, percentile_cont(0.5) WITHIN GROUP (ORDER BY CASE WHEN delivered_at >= purchased_at THEN promised_to_delivered_seconds END) AS promise_median,
		count(waited_seconds) AS watched, sum(messages) AS messages, count(*) FILTER (WHERE messages > 2) AS too_many, sum(contacts) AS contacts, sum(tracking_views) AS views, sum(all_contacts) AS all_contacts, count(*) FILTER (WHERE all_contacts > 0) AS contacted,
		count(first_response_seconds) AS answered, percentile_cont(0.5) WITHIN GROUP (ORDER BY first_response_seconds) AS response, count(resolution_seconds) AS resolved, percentile_cont(0.5) WITHIN GROUP (ORDER BY resolution_seconds) AS resolution,
		count(*) FILTER (WHERE purchased_at IS NULL) AS not_bought, count(flag) AS flagged
	FROM od_month GROUP BY month
)
SELECT g.month, (g.orders, g.customers, g.shipped, g.delivered, g.taken_back, g.open, g.overdue, g.late, g.decided) = (w.orders, w.customers, w.shipped, w.delivered, w.taken_back, w.open, w.overdue, w.late, w.decided) AS counts,
	(g.purchase_to_ship_orders, g.purchase_to_ship_median_seconds, g.purchase_to_ship_p90_seconds, g.ship_to_deliver_orders, g.ship_to_deliver_median_seconds, g.ship_to_deliver_p90_seconds, g.gap_orders, g.gap_median_seconds, g.gap_p90_seconds)
		IS NOT DISTINCT FROM (w.to_ship, w.ship_median, w.ship_p90, w.on_the_way, w.way_median, w.way_p90, w.gaps, w.gap_median, w.gap_p90) AS times,
	(g.gap_estimated_median_seconds, g.purchase_to_ship_estimated_median_seconds) IS NOT DISTINCT FROM (m.gap, m.ship) AS estimated, (g.gap_estimated_median_lower_seconds <= m.gap AND m.gap <= g.gap_estimated_median_upper_seconds) IS NOT FALSE AS bounds,
	(g.promised, g.promised_delivered, g.promised_to_delivered_median_seconds) IS NOT DISTINCT FROM (w.promised, w.promised_delivered, w.promise_median) AS promises,
	(g.watched, g.messages, g.too_many_messages, g.contacts, g.tracking_views, g.all_contacts, g.contacted, g.answered, g.first_response_median_seconds, g.resolved, g.resolution_median_seconds) IS NOT DISTINCT FROM
		(w.watched, w.messages, w.too_many, w.contacts, w.views, w.all_contacts, w.contacted, w.answered, w.response, w.resolved, w.resolution) AS service,
	(g.late_rate, g.messages_per_order, g.too_many_messages_rate, g.contacts_per_order, g.all_contacts_per_order) IS NOT DISTINCT FROM ((w.late + w.overdue)::float8 / w.decided, w.messages::float8 / w.watched, w.too_many::float8 / w.watched, w.contacts::float8 / w.watched, w.all_contacts::float8 / w.orders) AS rates,
	(g.not_bought, g.flagged, g.complete) = (w.not_bought, w.flagged, w.open = 0) AS rest
FROM od.delivery_gap AS g FULL JOIN want AS w USING (month) FULL JOIN medians AS m USING (month) ORDER BY month;
SELECT month, orders, customers, shipped, delivered, taken_back, open, overdue, late, decided, round(late_rate::numeric, 3) AS late_rate, gap_median_seconds AS gap, gap_estimated_median_seconds AS estimated, not_bought, flagged, complete FROM od.delivery_gap ORDER BY month;

-- a month where the median of what arrived says less than half the truth: three have come in a day, four are still waited for
CREATE TABLE od_slow AS
SELECT c AS customer, od_at(c) AS at, 'purchase' AS event FROM generate_series(1, 7) AS c
UNION ALL SELECT c, od_at(c + 1), 'order_delivered' FROM generate_series(1, 3) AS c UNION ALL SELECT 8, od_at(30.5), 'page_view' UNION ALL SELECT 9, od_at(40), 'page_view' UNION ALL SELECT 9, od_at(40), 'order_shipped';
SELECT create_source('od_slow', 'od_slow', 'customer', 'at', 'event');
-- no delivery, no shipment in the log
CREATE TABLE od_bare AS SELECT * FROM od_slow WHERE event NOT LIKE 'order%';
SELECT create_source('od_bare', 'od_bare', 'customer', 'at', 'event');
SELECT month, orders, shipped, delivered, taken_back AS back, open, overdue, late, decided, late_rate, gap_orders AS n, gap_median_seconds AS gap, gap_estimated_median_seconds AS estimated, gap_estimated_median_lower_seconds AS lower, watched, messages, messages_per_order AS per_order, not_bought, flagged, complete FROM od_slow.delivery_gap ORDER BY month;
SELECT month, orders, shipped, delivered, taken_back AS back, open, overdue, late, decided, late_rate, gap_orders AS n, gap_median_seconds AS gap, gap_estimated_median_seconds AS estimated, purchase_to_ship_estimated_median_seconds AS ship, watched, messages, messages_per_order AS per_order, contacts, all_contacts, all_contacts_per_order AS all_per_order, not_bought, flagged, complete FROM od_bare.delivery_gap ORDER BY month;
SELECT customer, order_no, purchased_date, open, overdue, waited_seconds, messages, value FROM od_bare.orders ORDER BY customer LIMIT 2;
SELECT customer, order_no, shipped_date, open, overdue, flag FROM od_slow.orders WHERE purchased_at IS NULL;

-- columns: commented, of plain types, a date beside every time
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) AS type FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'od'::regnamespace AND c.relname IN ('orders', 'delivery_gap')
	AND (coalesce(col_description(c.oid, a.attnum), '') = '' OR a.attname !~ '^[a-z][a-z0-9_]*$' OR format_type(a.atttypid, a.atttypmod) NOT IN ('text', 'bigint', 'integer', 'double precision', 'boolean', 'date', 'timestamp with time zone')
		OR a.atttypid = 'timestamptz'::regtype AND NOT EXISTS (SELECT FROM pg_attribute AS d WHERE d.attrelid = c.oid AND d.atttypid = 'date'::regtype AND d.attname = regexp_replace(a.attname, '_at$', '_date')));
SELECT relname, obj_description(oid) IS NOT NULL AS commented FROM pg_class WHERE relnamespace = 'od'::regnamespace AND relname IN ('orders', 'delivery_gap') ORDER BY relname COLLATE "C";
-- whatever the search_path is
SET search_path = '';
SELECT sum(orders) AS orders FROM od.delivery_gap;
SET search_path = public, journey;

SELECT drop_source('od', true), drop_source('od_time', true), drop_source('od_slow', true), drop_source('od_bare', true);
DROP TABLE od_model, od_hand, od_raw, od_kept, od_store, od_asked, od_want, od_told, od_contact, od_seen, od_answer, od_got, od_month, od_slow, od_bare;
DROP FUNCTION od_ledger, od_show, od_journey, od_day, od_at;
