-- carts, clicks_to_purchase: what became of carts, the way to a purchase; their views; and what is refused.
SET search_path = public, journey;
SET TimeZone = 'UTC';
SET client_min_messages = warning;
SET work_mem = '64MB';
\set VERBOSITY terse
CREATE TABLE ct_models AS SELECT flat(stage_model('actions')) AS m;
CREATE FUNCTION ct_carts(j journey, as_of timestamptz DEFAULT NULL, abandon_after interval DEFAULT '1 day', recover_within interval DEFAULT '30 days', by_session boolean DEFAULT false)
RETURNS TABLE (no int, opened text, last text, furthest text, outcome text, judged boolean, abandoned text, purchased text, in_session boolean, clicks int, steps int, value float8, recovered_value float8, counts boolean, reminders int) LANGUAGE sql AS $$
	SELECT cart_no, to_char(opened_at, 'DD HH24:MI'), to_char(last_at, 'DD HH24:MI'), furthest, outcome, judged, to_char(abandoned_at, 'MM-DD HH24:MI'), to_char(purchased_at, 'MM-DD HH24:MI'), in_session, clicks, steps_from_visit, value, recovered_value, recovery_counts, reminders
	FROM carts(j, (SELECT m FROM ct_models), as_of, abandon_after, recover_within, by_session) $$;

-- a cart that is bought in its visit: 9 touchpoints on the site, of them one technical and one the start of the session; the mail is offsite
\set bought '\'[2026-01-01 10:00 session_start @ads, 2026-01-01 10:00 page_view @ads, 2026-01-01 10:01 view_item @ads, 2026-01-01 10:02 add_to_cart @ads =20, 2026-01-01 10:03 user_engagement, 2026-01-01 10:03 "Email Opened" @email, 2026-01-01 10:04 add_to_cart =5, 2026-01-01 10:05 remove_from_cart =2, 2026-01-01 10:06 begin_checkout, 2026-01-01 10:10 purchase =23.5, 2026-01-03 00:00 page_view]\''
SELECT * FROM ct_carts(:bought);
SELECT cart_no, n, event, channel, visit_no, adds, removes, checkout_at, seconds_to_purchase, cart_value, coupons_applied, coupons_denied, errors, error_events, registered, shipping_method, payment_method, reminded, reminded_at, recovery_judged
FROM carts(:bought, (SELECT m FROM ct_models));
SELECT order_no, n, event, visit_no, steps_from_visit AS steps, seconds_from_visit AS seconds, clicks_from_product AS product, seconds_from_product AS product_s, clicks_from_cart AS cart, seconds_from_cart AS cart_s, visits_from_cart AS visits, value FROM clicks_to_purchase(:bought, (SELECT m FROM ct_models));

-- what opens a cart, what only keeps one
SELECT e, c.outcome, c.furthest, c.checkout_at IS NOT NULL AS checkout, c.adds FROM unnest('{add_to_cart,begin_checkout,checkout_step,add_shipping_info,add_payment_info,remove_from_cart,view_cart,Coupon Applied,Coupon Denied,Coupon Removed,exception,view_item,login,cart_recovery_sent,purchase}'::text[]) WITH ORDINALITY AS e(e, no)
	LEFT JOIN LATERAL carts(format('[2026-01-01 10:00 "%s"]', e)::journey, (SELECT m FROM ct_models)) AS c ON true ORDER BY no;
-- kept by each of them half a day later, so that it is bought after a day and more
SELECT e, c.outcome, c.removes, c.errors, c.coupons_applied AS applied, c.coupons_denied AS denied, c.error_events FROM unnest('{add_to_cart,begin_checkout,checkout_step,add_shipping_info,add_payment_info,remove_from_cart,view_cart,Coupon Applied,Coupon Denied,Coupon Removed,exception/card_declined,view_item,login,cart_recovery_sent,page_view}'::text[]) WITH ORDINALITY AS e(e, no),
	carts(format('[2026-01-01 10:00 add_to_cart, 2026-01-01 22:00 "%s", 2026-01-02 11:00 purchase]', e)::journey, (SELECT m FROM ct_models)) AS c ORDER BY no;

-- the furthest step, in whatever order
SELECT e, c.furthest, c.outcome FROM unnest('{"add_to_cart","begin_checkout, 2026-01-01 10:01 add_to_cart","add_to_cart, 2026-01-01 10:01 add_shipping_info, 2026-01-01 10:02 begin_checkout","add_payment_info, 2026-01-01 10:02 add_shipping_info","add_to_cart, 2026-01-01 10:02 purchase"}'::text[]) e,
	carts(format('[2026-01-01 10:00 %s]', e)::journey, (SELECT m FROM ct_models), '2026-02-01') AS c;

-- the bounds: exactly a day keeps, a microsecond more abandons; the purchase likewise
SELECT * FROM ct_carts('[2026-01-01 10:00 add_to_cart, 2026-01-02 10:00 view_cart, 2026-01-03 10:00 purchase]');
SELECT * FROM ct_carts('[2026-01-01 10:00 add_to_cart, 2026-01-02 10:00:00.000001 view_cart, 2026-01-03 10:00 purchase =7]');
SELECT * FROM ct_carts('[2026-01-01 10:00 add_to_cart]', '2026-01-02 10:00');
SELECT * FROM ct_carts('[2026-01-01 10:00 add_to_cart]', '2026-01-02 10:00:00.000001');
-- to recover: exactly 30 days after abandoning, and a microsecond more; judged when they are over
SELECT * FROM ct_carts('[2026-01-01 10:00 add_to_cart, 2026-02-01 10:00 purchase =7]');
SELECT * FROM ct_carts('[2026-01-01 10:00 add_to_cart, 2026-02-01 10:00:00.000001 purchase =7]');
SELECT as_of, outcome, judged, recovery_judged FROM unnest('{2026-01-01 10:00,2026-01-02 10:00,2026-01-02 10:00:00.000001,2026-01-20 10:00,2026-02-01 10:00,2026-02-01 10:00:00.000001}'::timestamptz[]) as_of,
	carts('[2026-01-01 10:00 add_to_cart, 2026-01-20 10:00 purchase]', (SELECT m FROM ct_models), as_of);
-- what is after as_of is not known; before the first touchpoint nothing is
SELECT outcome, adds FROM carts('[2026-01-01 10:00 add_to_cart, 2026-01-01 10:30 add_to_cart, 2026-01-01 11:00 purchase]', (SELECT m FROM ct_models), '2026-01-01 10:30');
SELECT count(*) AS none FROM carts('[2026-01-01 10:00 add_to_cart]', (SELECT m FROM ct_models), '2026-01-01 09:00');
SELECT count(*) AS none FROM clicks_to_purchase('[2026-01-01 10:00 purchase]', (SELECT m FROM ct_models), '2026-01-01 09:00');

-- recovery: the customer comes back with a new cart.  One purchase recovers both carts left before it; each sum has it once.
\set back '\'[2026-01-01 10:00 add_to_cart =10, 2026-01-01 10:05 begin_checkout, 2026-01-02 00:00 cart_recovery_sent, 2026-01-05 10:00 add_to_cart =30, 2026-01-20 10:00 add_to_cart, 2026-01-20 10:10 add_payment_info/paypal, 2026-01-20 10:11 purchase =50, 2026-01-20 10:12 add_to_cart]\''
SELECT * FROM ct_carts(:back, '2026-03-01');
SELECT sum(value) AS value, sum(recovered_value) AS recovered, count(*) FILTER (WHERE recovery_counts) AS orders FROM carts(:back, (SELECT m FROM ct_models), '2026-03-01');
-- without a new cart the purchase is counted with the last one it recovered; the first is out of time
SELECT * FROM ct_carts('[2026-01-01 10:00 add_to_cart, 2026-01-15 10:00 begin_checkout, 2026-02-05 10:00 purchase =50]');
-- by session: filled in the morning, bought in the evening
\set evening '\'[2026-01-01 08:00 add_to_cart, 2026-01-01 08:20 page_view, 2026-01-01 09:00 cart_recovery_sent, 2026-01-01 18:00 view_cart, 2026-01-01 18:10 begin_checkout, 2026-01-01 18:15 purchase =9]\''
SELECT * FROM ct_carts(:evening);
SELECT * FROM ct_carts(:evening, by_session => true);
-- by session anything on the site keeps it, whether it is of the cart or not; mails do not
SELECT outcome, in_session FROM ct_carts('[2026-01-01 08:00 add_to_cart, 2026-01-01 08:29 page_view, 2026-01-01 08:58 search, 2026-01-01 09:28 purchase]', by_session => true);
SELECT outcome, in_session FROM ct_carts('[2026-01-01 08:00 add_to_cart, 2026-01-01 08:29 page_view, 2026-01-01 08:58 cart_recovery_sent, 2026-01-01 09:28 purchase]', by_session => true);
SELECT outcome FROM ct_carts('[2026-01-01 08:00 add_to_cart, 2026-01-01 08:29 page_view]', '2026-01-01 08:59', by_session => true);
SELECT outcome, abandoned FROM ct_carts('[2026-01-01 08:00 add_to_cart, 2026-01-01 08:29 page_view]', '2026-01-01 08:59:00.000001', by_session => true);
-- reminders: of the last cart, until it is bought, another one opens, or its time is over
SELECT no, outcome, reminders FROM ct_carts('[2026-01-01 07:00 cart_recovery_sent, 2026-01-01 08:00 add_to_cart, 2026-01-01 12:00 cart_recovery_sent, 2026-01-03 12:00 cart_recovery_sent, 2026-01-05 12:00 add_to_cart, 2026-01-06 13:00 cart_recovery_sent, 2026-01-07 13:00 purchase, 2026-01-08 13:00 cart_recovery_sent,
	2026-02-01 12:00 add_to_cart, 2026-03-04 12:00 cart_recovery_sent, 2026-03-04 12:00:01 cart_recovery_sent]');
SELECT reminded, to_char(reminded_at, 'DD HH24:MI') AS at, recovery_judged, outcome FROM carts('[2026-01-01 08:00 add_to_cart, 2026-01-01 12:00 cart_recovery_sent, 2026-01-01 14:00 cart_recovery_sent, 2026-01-03 12:00 purchase]', (SELECT m FROM ct_models), '2026-01-20');
-- which one it was: the last one before it was bought, or the last one; what the purchase that recovered it had: a coupon in its visit
SELECT no, cart_no, outcome, reminders, reminder_event, incentive FROM unnest('{"cart_recovery_sent, 2026-01-03 12:00 \"Email Delivered/cart_recovery\", 2026-01-05 10:00 \"Coupon Applied\", 2026-01-05 10:05 purchase, 2026-01-05 11:00 notification_open/cart_recovery","notification_open/cart_recovery, 2026-01-03 12:00 cart_recovery_sent","notification_open/cart_recovery, 2026-01-01 13:00 purchase, 2026-01-01 14:00 cart_recovery_sent",
	"cart_recovery_sent/other, 2026-01-05 10:00 purchase","cart_recovery_sent, 2026-01-05 10:00 add_to_cart, 2026-01-05 10:01 notification_open/cart_recovery, 2026-01-05 10:02 \"Coupon Applied\", 2026-01-05 10:05 purchase","\"Coupon Applied\", 2026-01-05 10:00 page_view, 2026-01-05 10:05 purchase, 2026-01-05 10:06 \"Coupon Applied\"",
	"begin_checkout, 2026-01-05 10:00 \"Coupon Applied\", 2026-01-05 11:00 page_view, 2026-01-05 11:05 purchase","begin_checkout, 2026-01-05 10:00 \"Coupon Applied\", 2026-01-05 10:05 purchase, 2026-01-07 10:00 add_to_cart, 2026-01-09 10:00 \"Coupon Applied\", 2026-01-09 10:01 purchase, 2026-01-09 10:02 purchase"}'::text[]) WITH ORDINALITY AS e(e, no),
	carts(format('[2026-01-01 10:00 add_to_cart, 2026-01-01 11:00 %s]', e)::journey, (SELECT m FROM ct_models), '2026-04-01') AS c ORDER BY no, cart_no;
-- a mail with a name of its own
BEGIN;
INSERT INTO taxonomies (taxonomy) VALUES ('ct_mails');
INSERT INTO event_actions (taxonomy, event, action, detail) VALUES ('ct_mails', 'cart_mail_1', 'message', 'cart_recovery'), ('ct_mails', 'cart_mail_2', 'message', 'cart_recovery');
SELECT reminders, reminder_event FROM carts('[2026-01-01 10:00 add_to_cart, 2026-01-03 12:00 cart_mail_1, 2026-01-04 12:00 cart_mail_2, 2026-01-05 10:00 page_view]', stage_model('actions')) AS c;
ROLLBACK;

-- guest or registered: a login before the cart in its visit, in the next visit, in an earlier visit, logged out, after the purchase
SELECT no, c.registered FROM unnest('{"2026-01-01 09:50 login, 2026-01-01 10:00 add_to_cart, 2026-01-01 10:05 purchase","2026-01-01 10:00 add_to_cart, 2026-01-01 12:00 sign_up, 2026-01-01 12:05 purchase","2026-01-01 09:00 login, 2026-01-01 10:00 add_to_cart, 2026-01-01 10:05 purchase","2026-01-01 09:50 login, 2026-01-01 10:00 add_to_cart, 2026-01-01 10:03 \"Signed Out\", 2026-01-01 10:05 purchase","2026-01-01 10:00 add_to_cart, 2026-01-01 10:05 purchase, 2026-01-01 10:06 sign_up","2026-01-01 10:00 add_to_cart, 2026-01-01 10:06 sign_up","2026-01-01 10:00 add_to_cart, 2026-01-01 10:06 sign_up, 2026-01-01 10:07 begin_checkout"}'::text[]) WITH ORDINALITY AS e(e, no),
	carts(format('[%s]', e)::journey, (SELECT m FROM ct_models)) AS c ORDER BY no;
-- payment and shipping: the last one, and its detail
SELECT shipping_method, payment_method, errors, coupons_applied, coupons_denied, error_events FROM carts('[2026-01-01 10:00 add_to_cart, 2026-01-01 10:01 add_shipping_info/express, 2026-01-01 10:01 "Coupon Applied", 2026-01-01 10:01 "Coupon Denied", 2026-01-01 10:02 add_payment_info/card, 2026-01-01 10:03 exception/card_declined, 2026-01-01 10:03 exception/card_declined, 2026-01-01 10:04 add_payment_info/apple/pay, 2026-01-01 10:05 purchase]', (SELECT m FROM ct_models));
SELECT shipping_method, payment_method FROM carts('[2026-01-01 10:00 add_shipping_info/express, 2026-01-01 10:01 add_shipping_info, 2026-01-01 10:01 "add_payment_info/"]', (SELECT m FROM ct_models));
-- errors outside a cart do not count
SELECT errors, error_events FROM carts('[2026-01-01 09:00 exception, 2026-01-01 10:00 add_to_cart, 2026-01-01 10:01 purchase, 2026-01-01 10:02 exception, 2026-01-01 10:03 exception]', (SELECT m FROM ct_models));
-- right-to-left text is told as it came
SELECT payment_method, channel FROM carts('[2026-01-01 10:00 "add_payment_info/بطاقة ائتمان" @"חנות"]', (SELECT m FROM ct_models));

-- the way to a purchase: the second one of a visit begins after the first; an advertisement before the first visit is not the start; a purchase after a long pause ended no cart
SELECT order_no AS no, n, visit_no AS visit, steps_from_visit AS steps, seconds_from_visit AS seconds, clicks_from_product AS product, seconds_from_product AS product_s, clicks_from_cart AS cart, seconds_from_cart AS cart_s, visits_from_cart AS visits, value
FROM clicks_to_purchase('[2026-01-01 00:00 ad_impression, 2026-01-01 10:00 page_view, 2026-01-01 10:01 page_view/product, 2026-01-01 10:02 view_item, 2026-01-01 10:03 add_to_cart, 2026-01-01 10:04 purchase =10, 2026-01-01 10:04:30 loyalty_points_earned, 2026-01-01 10:05 page_view, 2026-01-01 10:06 purchase =20,
	2026-01-05 10:00 view_item, 2026-01-05 10:01 add_to_cart, 2026-01-05 12:00 page_view, 2026-01-05 12:01 purchase, 2026-01-06 10:00 add_to_cart, 2026-01-08 10:00 page_view, 2026-01-08 10:10 purchase]', (SELECT m FROM ct_models));
-- one click
SELECT steps_from_visit, seconds_from_visit, clicks_from_product, clicks_from_cart FROM clicks_to_purchase('[2026-01-01 10:00 purchase]', (SELECT m FROM ct_models));
SELECT visits_from_cart, clicks_from_cart FROM clicks_to_purchase('[2026-01-01 10:00 add_to_cart, 2026-01-01 12:00 purchase]', (SELECT m FROM ct_models), abandon_after => '1 hour');

-- another goal: what a purchase is, the model says (a shop that sells appointments); its names of stages are those of actions
SELECT outcome, clicks, furthest FROM carts('[2026-01-01 10:00 picked @web, 2026-01-01 10:05 booked, 2026-01-01 10:10 purchase]', 'stages cart_add, schedule, checkout_start; purchase = booked; picked -> cart_add; booked -> schedule;');
SELECT count(*) AS none FROM carts('[2026-01-01 10:00 picked]', 'stages awareness; picked -> awareness;');

-- nothing
SELECT count(*) AS none FROM carts(NULL, (SELECT m FROM ct_models));
SELECT count(*) AS none FROM carts('[]', (SELECT m FROM ct_models));
SELECT count(*) AS none FROM carts('[2026-01-01 10:00 add_to_cart]', NULL);
SELECT count(*) AS none FROM clicks_to_purchase('[2026-01-01 10:00 add_to_cart]', (SELECT m FROM ct_models));
SELECT count(*) AS none FROM clicks_to_purchase(NULL, NULL);
-- NULL options are the defaults
SELECT (SELECT array_agg(c) FROM carts(:back, (SELECT m FROM ct_models), NULL, NULL, NULL, NULL) c) = (SELECT array_agg(c) FROM carts(:back, (SELECT m FROM ct_models), '2026-01-20 10:12', '24 hours', '720 hours', false) c) AS same,
	(SELECT array_agg(c) FROM clicks_to_purchase(:back, (SELECT m FROM ct_models), NULL, NULL) c) = (SELECT array_agg(c) FROM clicks_to_purchase(:back, (SELECT m FROM ct_models), '2026-01-20 10:12', '24 hours') c) AS same_clicks;
-- nothing is too far apart
SELECT outcome, seconds_to_purchase, abandoned_at FROM carts('[0001-01-01 00:00 add_to_cart, 9999-12-31 23:59:59.999999 purchase]', (SELECT m FROM ct_models), '294276-12-31 23:00', '100000 days', '3700000 days');

-- refused
SELECT * FROM carts('[]', (SELECT m FROM ct_models), 'infinity');
SELECT * FROM carts(NULL, NULL, '-infinity');
SELECT * FROM carts('[]', (SELECT m FROM ct_models), abandon_after => '-1 s');
SELECT * FROM carts('[]', (SELECT m FROM ct_models), abandon_after => '1 month');
SELECT * FROM carts('[]', (SELECT m FROM ct_models), recover_within => '-1 s');
SELECT * FROM carts('[]', (SELECT m FROM ct_models), recover_within => '1 year');
SELECT * FROM clicks_to_purchase('[]', (SELECT m FROM ct_models), 'infinity');
SELECT * FROM clicks_to_purchase('[]', (SELECT m FROM ct_models), NULL, '-1 day');
SELECT * FROM carts('[2026-01-01 00:00 add_to_cart =1e308, 2026-01-01 00:00 add_to_cart =1e308]', (SELECT m FROM ct_models));
SELECT count(*) FROM carts('[2026-01-01 00:00 add_to_cart =1e308, 2026-01-03 00:00 add_to_cart =1e308]', (SELECT m FROM ct_models));
\set VERBOSITY default
SELECT * FROM carts('[]', NULL, 'infinity');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM carts('[]', NULL, NULL, '1 month');
\echo :LAST_ERROR_SQLSTATE
\set VERBOSITY terse

-- random rows against plain SQL: many gaps of exactly abandon_after, recover_within and the session timeout, ties
\set seed 0.3141
\echo seed :seed
SELECT setseed(:seed);
CREATE TABLE ct_events (event text, action text, weight int);
INSERT INTO ct_events VALUES ('add_to_cart', 'add', 6), ('remove_from_cart', 'remove', 1), ('view_cart', 'keep', 1), ('begin_checkout', 'checkout', 2), ('Checkout Step Viewed', 'checkout', 1), ('add_shipping_info', 'shipping', 1),
	('add_shipping_info/express', 'shipping', 1), ('add_payment_info/card', 'payment', 1), ('add_payment_info/paypal', 'payment', 1), ('Coupon Applied', 'applied', 1), ('Coupon Denied', 'denied', 1), ('Coupon Removed', 'keep', 1), ('exception', 'error', 1), ('exception/declined', 'error', 1),
	('purchase', 'purchase', 4), ('cart_recovery_sent', 'reminder', 4), ('Email Delivered/cart_recovery', 'reminder', 2), ('Email Opened', 'mail', 1), ('order_shipped', 'mail', 1), ('login', 'login', 1), ('sign_up', 'login', 1), ('Signed Out', 'logout', 1), ('view_item', 'product', 2), ('page_view/product', 'product', 1), ('page_view', 'page', 3), ('user_engagement', 'technical', 1), ('session_start', 'start', 1);
CREATE TABLE ct_drawn AS SELECT row_number() OVER () AS k, event FROM ct_events, generate_series(1, weight);
CREATE TABLE ct_rows AS
SELECT customer, i, '2026-01-01 00:00+00'::timestamptz + sum(gap) OVER (PARTITION BY customer ORDER BY i) AS at, event, value
FROM (SELECT customer, i, event, CASE WHEN random() < 0.6 THEN floor(random() * 100)::float8 END AS value,
		CASE WHEN random() < 0.5 THEN floor(random() * 20) * interval '1 min' ELSE (ARRAY['0', '30 min', '30 min 1 s', '2 h', '11 h', '1 day', '1 day 1 s', '2 days', '5 days', '15 days', '31 days', '31 days 1 s'])[1 + floor(random() * 12)::int]::interval END AS gap
	FROM (SELECT customer, i, 1 + floor(random() * (SELECT count(*) FROM ct_drawn))::int AS k FROM generate_series(1, 200) customer, generate_series(1, 30) i OFFSET 0) r JOIN ct_drawn USING (k)) g;
CREATE TABLE ct_journeys AS SELECT customer, journey_agg(at, event, 'c' || (i % 3), value, i) AS j FROM ct_rows GROUP BY customer;
CREATE TABLE ct_asked AS
SELECT row_number() OVER () AS q, as_of, abandon_after, recover_within, by_session
FROM unnest('{2026-02-10,2026-07-01}'::timestamptz[]) as_of, unnest('{2 hours,1 day}'::interval[]) abandon_after, unnest('{0,5 days,30 days}'::interval[]) recover_within, unnest('{false,true}'::boolean[]) by_session;

-- rows numbered, with visits: a pause of more than 30 minutes between what is on the site
CREATE TABLE ct_seen AS
WITH r AS (
	SELECT *, action NOT IN ('mail', 'reminder') AS onsite, row_number() OVER (PARTITION BY customer ORDER BY at, i) AS n FROM ct_rows JOIN ct_events USING (event)
), g AS (
	SELECT *, at - max(at) FILTER (WHERE onsite) OVER (PARTITION BY customer ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS gap FROM r
)
SELECT *, 1 + count(*) FILTER (WHERE onsite AND gap > '30 min') OVER w AS visit, count(*) FILTER (WHERE onsite AND action NOT IN ('technical', 'start')) OVER w AS clicks,
	count(*) FILTER (WHERE action = 'purchase') OVER w - (action = 'purchase')::int AS bought_before, onsite AND action NOT IN ('technical', 'start') AS click
FROM g WINDOW w AS (PARTITION BY customer ORDER BY n);
CREATE INDEX ON ct_seen (customer, n);
ANALYZE ct_seen, ct_asked, ct_journeys;

-- stretches of what keeps a cart without a purchase and without too long a gap: the cart is what comes from the first opening on
CREATE TABLE ct_want AS
WITH kept AS (
	SELECT q, a.as_of, a.recover_within, a.by_session, CASE WHEN a.by_session THEN '30 min' ELSE a.abandon_after END AS span, s.*,
		action IN ('add', 'checkout', 'shipping', 'payment') AS opens, action IN ('add', 'remove', 'keep', 'checkout', 'shipping', 'payment', 'applied', 'denied', 'error') AS touches,
		action <> 'purchase' AND CASE WHEN a.by_session THEN onsite ELSE action IN ('add', 'remove', 'keep', 'checkout', 'shipping', 'payment', 'applied', 'denied', 'error') END AS keeps
	FROM ct_asked a JOIN ct_seen s ON s.at <= a.as_of
), gaps AS (
	SELECT *, keeps AND at - max(at) FILTER (WHERE keeps) OVER (PARTITION BY q, customer ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) > span AS breaks FROM kept
), stretches AS (
	SELECT *, count(*) FILTER (WHERE breaks) OVER (PARTITION BY q, customer ORDER BY n) AS stretch FROM gaps
), opened AS (
	SELECT q, customer, bought_before, stretch, as_of, span, recover_within, by_session, min(n) FILTER (WHERE opens) AS opened, max(at) FILTER (WHERE keeps) AS kept_at, max(n) FILTER (WHERE keeps) AS kept_n
	FROM stretches WHERE keeps GROUP BY q, customer, bought_before, stretch, as_of, span, recover_within, by_session HAVING bool_or(opens)
), ended AS (
	SELECT o.*, s.at AS opened_at, s.event, s.visit, (SELECT min(p.n) FROM ct_seen p WHERE p.customer = o.customer AND p.action = 'purchase' AND p.n > o.kept_n AND p.at <= o.as_of) AS next_purchase
	FROM opened o JOIN ct_seen s ON s.customer = o.customer AND s.n = o.opened
), decided AS (
	SELECT e.*, p.at AS bought_at, p.n AS p_n, as_of - kept_at > span AS judged, kept_at + span AS given_up,
		CASE WHEN p.at - kept_at <= span THEN 'purchased' WHEN as_of - kept_at <= span THEN 'open' WHEN p.at <= kept_at + span + recover_within THEN 'recovered' ELSE 'abandoned' END AS outcome
	FROM ended e LEFT JOIN ct_seen p ON p.customer = e.customer AND p.n = e.next_purchase
)
SELECT d.*, row_number() OVER w AS cart_no, lead(opened_at) OVER w AS next_opened_at, lead(opened) OVER w AS next_opened FROM decided d WINDOW w AS (PARTITION BY q, customer ORDER BY opened);
ANALYZE ct_want;
CREATE TABLE ct_told AS
SELECT w.q, w.customer, w.cart_no::int, w.opened_at, w.opened::int AS n, w.event, w.visit::int AS visit_no, t.last_at, t.checkout_at, t.adds, t.removes,
	CASE WHEN outcome = 'purchased' THEN 'purchase' ELSE (ARRAY['cart', 'checkout', 'shipping', 'payment'])[t.step] END AS furthest, w.outcome, w.judged,
	CASE WHEN outcome IN ('abandoned', 'recovered') THEN given_up END AS abandoned_at, p.at AS purchased_at, CASE WHEN outcome <> 'open' THEN coalesce(p.visit = w.visit, false) END AS in_session,
	extract(epoch FROM p.at - w.opened_at)::float8 AS seconds, (p.clicks - o.clicks + o.click::int)::int AS clicks,
	(SELECT count(*) FROM ct_seen v WHERE v.customer = p.customer AND v.visit = p.visit AND v.bought_before = p.bought_before AND v.n <= p.n AND v.click)::int AS steps,
	t.applied, t.denied, t.errors, t.error_events,
	(SELECT l.action = 'login' FROM ct_seen l WHERE l.customer = w.customer AND l.action IN ('login', 'logout') AND l.visit >= w.visit AND l.n <= CASE outcome WHEN 'purchased' THEN p.n ELSE t.last_n END ORDER BY l.n DESC LIMIT 1) IS TRUE AS registered,
	substr(t.shipping, 19) AS shipping_method, substr(t.payment, 18) AS payment_method, r.reminders, r.reminded_at, r.reminder_event,
	CASE WHEN outcome = 'recovered' THEN EXISTS (SELECT FROM ct_seen v WHERE v.customer = p.customer AND v.visit = p.visit AND v.bought_before = p.bought_before AND v.n < p.n AND v.action = 'applied') END AS incentive,
	CASE WHEN outcome IN ('abandoned', 'recovered') THEN as_of > given_up + recover_within END AS recovery_judged,
	CASE WHEN outcome = 'recovered' THEN p.n IS DISTINCT FROM lead(CASE WHEN outcome = 'recovered' THEN p.n END) OVER c END AS recovery_counts, t.cart_value,
	CASE WHEN outcome = 'purchased' OR p.n IS DISTINCT FROM lead(p.n) OVER c THEN p.value END AS value,
	CASE WHEN outcome = 'recovered' AND p.n IS DISTINCT FROM lead(CASE WHEN outcome = 'recovered' THEN p.n END) OVER c THEN p.value END AS recovered_value
FROM ct_want w JOIN ct_seen o ON o.customer = w.customer AND o.n = w.opened
	LEFT JOIN ct_seen p ON p.customer = w.customer AND p.n = w.p_n AND w.outcome IN ('purchased', 'recovered')
	-- what is in it: up to the purchase, or as long as nothing is too late for it
	CROSS JOIN LATERAL (SELECT max(s.at) FILTER (WHERE touch) AS last_at, max(s.n) FILTER (WHERE touch) AS last_n, min(s.at) FILTER (WHERE step > 1) AS checkout_at, count(*) FILTER (WHERE action = 'add')::int AS adds, count(*) FILTER (WHERE action = 'remove')::int AS removes,
			max(step) AS step, count(*) FILTER (WHERE action = 'applied')::int AS applied, count(*) FILTER (WHERE action = 'denied')::int AS denied, count(*) FILTER (WHERE action = 'error')::int AS errors,
			array_agg(s.event ORDER BY s.n) FILTER (WHERE action IN ('error', 'denied')) AS error_events,
			(array_agg(s.event ORDER BY s.n DESC) FILTER (WHERE action = 'shipping'))[1] AS shipping, (array_agg(s.event ORDER BY s.n DESC) FILTER (WHERE action = 'payment'))[1] AS payment,
			sum(CASE action WHEN 'add' THEN s.value WHEN 'remove' THEN -s.value END ORDER BY s.n) AS cart_value
		FROM (SELECT s.*, CASE action WHEN 'checkout' THEN 2 WHEN 'shipping' THEN 3 WHEN 'payment' THEN 4 WHEN 'add' THEN 1 END AS step, action IN ('add', 'remove', 'keep', 'checkout', 'shipping', 'payment', 'applied', 'denied', 'error') AS touch
			FROM ct_seen s WHERE s.customer = w.customer AND s.n BETWEEN w.opened AND w.kept_n) s) t
	CROSS JOIN LATERAL (SELECT count(*)::int AS reminders, min(s.at) AS reminded_at, (array_agg(s.event ORDER BY s.n DESC))[1] AS reminder_event FROM ct_seen s WHERE s.customer = w.customer AND s.action = 'reminder' AND s.n > w.opened AND s.at <= w.as_of
			AND (w.next_opened IS NULL OR s.n < w.next_opened) AND (w.next_purchase IS NULL OR s.n < w.next_purchase) AND (outcome IN ('open', 'purchased') OR s.at <= w.given_up + w.recover_within)) r
WINDOW c AS (PARTITION BY w.q, w.customer ORDER BY w.opened);
ANALYZE ct_told;
SELECT outcome, count(*) > 300 AS many, count(*) FILTER (WHERE recovery_counts IS FALSE) > 20 AS shared, count(value) > 100 AS valued, count(DISTINCT reminder_event) AS reminders, count(*) FILTER (WHERE incentive) > 100 AS with_coupon FROM ct_told GROUP BY outcome ORDER BY outcome;
SELECT count(*) > 8000 AS carts, count(*) FILTER (WHERE g.q IS NULL) AS missing, count(*) FILTER (WHERE w.q IS NULL) AS too_many,
	count(*) FILTER (WHERE (g.opened_at, g.n, g.event, g.visit_no, g.last_at, g.checkout_at, g.adds, g.removes, g.furthest, g.outcome, g.judged) IS DISTINCT FROM (w.opened_at, w.n, w.event, w.visit_no, w.last_at, w.checkout_at, w.adds, w.removes, w.furthest, w.outcome, w.judged)) AS differ,
	count(*) FILTER (WHERE (g.abandoned_at, g.purchased_at, g.in_session, g.seconds_to_purchase, g.clicks, g.steps_from_visit) IS DISTINCT FROM (w.abandoned_at, w.purchased_at, w.in_session, w.seconds, w.clicks, CASE WHEN w.purchased_at IS NOT NULL THEN w.steps END)) AS way_differs,
	count(*) FILTER (WHERE (g.coupons_applied, g.coupons_denied, g.errors, g.error_events, g.registered, g.shipping_method, g.payment_method) IS DISTINCT FROM (w.applied, w.denied, w.errors, w.error_events, w.registered, nullif(w.shipping_method, ''), nullif(w.payment_method, ''))) AS context_differs,
	count(*) FILTER (WHERE (g.reminders, g.reminded, g.reminded_at, g.reminder_event, g.incentive, g.recovery_judged, g.recovery_counts, g.cart_value, g.value, g.recovered_value) IS DISTINCT FROM (w.reminders, w.reminders > 0, w.reminded_at, w.reminder_event, w.incentive, w.recovery_judged, w.recovery_counts, w.cart_value, w.value, w.recovered_value)) AS recovery_differs
FROM (SELECT q, customer, c.* FROM ct_asked, ct_models, ct_journeys, carts(j, m, as_of, abandon_after, recover_within, by_session) c) g FULL JOIN ct_told w USING (q, customer, cart_no);
-- each purchase with a cart is in the sum of values once
SELECT count(*) FILTER (WHERE a.value IS DISTINCT FROM b.value) AS differences FROM (SELECT q, sum(c.value) AS value FROM ct_asked, ct_models, ct_journeys, carts(j, m, as_of, abandon_after, recover_within, by_session) c GROUP BY q) a
	JOIN (SELECT q, sum(value) AS value FROM (SELECT DISTINCT q, customer, p_n FROM ct_want WHERE outcome IN ('purchased', 'recovered')) d JOIN ct_seen s ON s.customer = d.customer AND s.n = d.p_n GROUP BY q) b USING (q);

-- the way to each purchase
SELECT count(*) > 1000 AS purchases, count(*) FILTER (WHERE g.n IS NULL OR w.n IS NULL) AS missing,
	count(*) FILTER (WHERE (g.order_no, g.purchased_at, g.event, g.visit_no, g.value, g.steps_from_visit, g.seconds_from_visit) IS DISTINCT FROM (w.order_no, w.at, w.event, w.visit, w.value, w.steps, w.seconds)) AS differ,
	count(*) FILTER (WHERE (g.clicks_from_product, g.seconds_from_product) IS DISTINCT FROM (w.product_clicks, w.product_seconds)) AS product_differs,
	count(*) FILTER (WHERE (g.clicks_from_cart, g.seconds_from_cart, g.visits_from_cart) IS DISTINCT FROM (w.cart_clicks, w.cart_seconds, w.visits)) AS cart_differs, count(g.clicks_from_cart) > 300 AS carts, count(g.clicks_from_product) > 50 AS products
FROM (SELECT q, customer, c.* FROM ct_asked, ct_models, ct_journeys, clicks_to_purchase(j, m, as_of, abandon_after) c WHERE recover_within = '0' AND NOT by_session) g FULL JOIN (
	SELECT a.q, p.customer, p.n::int, p.bought_before::int + 1 AS order_no, p.at, p.event, p.visit::int AS visit, p.value, count(*) FILTER (WHERE v.click)::int AS steps, extract(epoch FROM p.at - min(v.at) FILTER (WHERE v.onsite))::float8 AS seconds,
		count(*) FILTER (WHERE v.click AND v.n >= l.n)::int + CASE WHEN l.n IS NULL THEN NULL ELSE 0 END AS product_clicks, extract(epoch FROM p.at - l.at)::float8 AS product_seconds,
		c.clicks AS cart_clicks, c.seconds AS cart_seconds, (p.visit - c.visit_no + 1)::int AS visits
	FROM ct_asked a JOIN ct_seen p ON p.action = 'purchase' AND p.at <= a.as_of
		JOIN ct_seen v ON v.customer = p.customer AND v.visit = p.visit AND v.bought_before = p.bought_before AND v.n <= p.n
		LEFT JOIN LATERAL (SELECT f.n, f.at FROM ct_seen f WHERE f.customer = p.customer AND f.visit = p.visit AND f.bought_before = p.bought_before AND f.n < p.n AND f.action = 'product' ORDER BY f.n LIMIT 1) l ON true
		LEFT JOIN ct_want k ON k.q = a.q AND k.customer = p.customer AND k.p_n = p.n AND k.outcome = 'purchased' LEFT JOIN ct_told c ON c.q = k.q AND c.customer = k.customer AND c.n = k.opened
	WHERE a.recover_within = '0' AND NOT a.by_session
	GROUP BY a.q, p.customer, p.n, p.bought_before, p.at, p.event, p.visit, p.value, l.n, l.at, c.clicks, c.seconds, c.visit_no) w USING (q, customer, n);

SET client_min_messages = notice;
-- options that are variables of PL/pgSQL change from call to call
DO $$
DECLARE
	said text := '';
	span interval;
	x bigint;
BEGIN
	FOREACH span IN ARRAY '{1 hour,1 day,10 days}'::interval[] LOOP
		SELECT count(*) INTO x FROM carts('[2026-01-01 10:00 add_to_cart, 2026-01-01 20:00 add_to_cart, 2026-01-05 10:00 add_to_cart]', (SELECT m FROM ct_models), NULL, span);
		said := said || x || ' ';
	END LOOP;
	RAISE NOTICE '%', said;
END $$;

SET client_min_messages = warning;

-- a source, its views against the functions
CREATE SCHEMA ct_data;
CREATE TABLE ct_data.events AS SELECT customer, at, event, value, i FROM ct_rows WHERE customer <= 150;
SELECT touchpoints FROM create_source('ct_shop', 'ct_data.events', 'customer', 'at', 'event', value => 'value', tiebreak => 'i', timezone => 'Asia/Tokyo');
CREATE TABLE ct_all AS SELECT s.customer, b.by_session, to_char(c.opened_at AT TIME ZONE 'Asia/Tokyo', 'YYYY-MM-01')::date AS month, c.* FROM ct_shop.store s, ct_shop.source o, (VALUES (false), (true)) b(by_session), carts(s.journey, o.actions, o.last_at, by_session => b.by_session) c;
SELECT count(*) > 300 AS carts, count(*) FILTER (WHERE (v.opened_at, v.opened_date, v.furthest, v.outcome, v.judged, v.clicks, v.value, v.recovered_value, v.reminded_at, v.reminder_event, v.incentive, v.payment_method, v.purchased_date, v.abandoned_date) IS DISTINCT FROM
	(c.opened_at, (c.opened_at AT TIME ZONE 'Asia/Tokyo')::date, c.furthest, c.outcome, c.judged, c.clicks, c.value, c.recovered_value, c.reminded_at, c.reminder_event, c.incentive, c.payment_method, (c.purchased_at AT TIME ZONE 'Asia/Tokyo')::date, (c.abandoned_at AT TIME ZONE 'Asia/Tokyo')::date)) AS differ
FROM ct_shop.carts v FULL JOIN (SELECT * FROM ct_all WHERE NOT by_session) c USING (customer, cart_no);
-- by cart and by session each unit is a cart (a visit's carts together), by customer the best one of the month counts
WITH units AS (
	SELECT 'cart' AS counted_by, cart_no AS unit, a.* FROM ct_all a WHERE NOT by_session
	UNION ALL SELECT 'session', visit_no, a.* FROM ct_all a WHERE by_session
	UNION ALL SELECT 'customer', 0, a.* FROM ct_all a WHERE NOT by_session
), best AS (
	SELECT counted_by, month, customer, unit, count(*) AS carts, min(CASE outcome WHEN 'purchased' THEN 1 WHEN 'recovered' THEN 2 WHEN 'open' THEN 3 ELSE 4 END) AS best, min(judged::int) AS judged, max(CASE furthest WHEN 'cart' THEN 1 WHEN 'checkout' THEN 2 WHEN 'shipping' THEN 3 WHEN 'payment' THEN 4 END) AS step,
		count(checkout_at) AS checkouts, min(recovery_judged::int) AS over, count(*) FILTER (WHERE reminded AND recovery_judged IS NOT NULL) AS reminded, count(*) FILTER (WHERE recovery_counts) AS orders, sum(recovered_value) AS won, sum(cart_value) FILTER (WHERE outcome = 'abandoned') AS lost
	FROM units GROUP BY 1, 2, 3, 4
), want AS (
	SELECT counted_by, month, count(*) AS counted, sum(carts) AS carts, count(DISTINCT customer) AS customers, count(*) FILTER (WHERE best = 1) AS purchased, count(*) FILTER (WHERE best IN (2, 4)) AS abandoned, count(*) FILTER (WHERE best = 2) AS recovered, count(*) FILTER (WHERE best = 3) AS open,
		sum(judged) AS judged, sum(judged) FILTER (WHERE best IN (2, 4)) AS judged_abandoned, count(*) FILTER (WHERE best IN (2, 4) AND step = 1) AS s1, count(*) FILTER (WHERE best IN (2, 4) AND step = 2) AS s2, count(*) FILTER (WHERE best IN (2, 4) AND step = 3) AS s3, count(*) FILTER (WHERE best IN (2, 4) AND step = 4) AS s4,
		count(*) FILTER (WHERE judged = 1 AND checkouts > 0) AS checkouts, count(*) FILTER (WHERE judged = 1 AND checkouts > 0 AND best > 1) AS left_checkouts, count(*) FILTER (WHERE judged = 1 AND best > 1 AND over = 1) AS over, count(*) FILTER (WHERE judged = 1 AND best = 2 AND over = 1) AS over_won,
		count(*) FILTER (WHERE judged = 1 AND best > 1 AND over = 1 AND reminded > 0) AS reminded, count(*) FILTER (WHERE judged = 1 AND best = 2 AND over = 1 AND reminded > 0) AS reminded_won, sum(orders) AS orders, sum(won) AS won, sum(lost) AS lost
	FROM best GROUP BY 1, 2
)
SELECT count(*) > 15 AS rows, count(*) FILTER (WHERE (v.counted, v.carts, v.customers, v.purchased, v.abandoned, v.recovered, v.open, v.judged, v.judged_abandoned, v.abandoned_at_cart, v.abandoned_at_checkout, v.abandoned_at_shipping, v.abandoned_at_payment, v.checkouts, v.checkouts_abandoned)
		IS DISTINCT FROM (w.counted, w.carts, w.customers, w.purchased, w.abandoned, w.recovered, w.open, w.judged, coalesce(w.judged_abandoned, 0), w.s1, w.s2, w.s3, w.s4, w.checkouts, w.left_checkouts)) AS differ,
	count(*) FILTER (WHERE (v.recovery_judged, v.judged_recovered, v.reminded, v.reminded_recovered, v.not_reminded, v.not_reminded_recovered, v.recovered_orders, v.recovered_value, v.lost_value)
		IS DISTINCT FROM (w.over, w.over_won, w.reminded, w.reminded_won, w.over - w.reminded, w.over_won - w.reminded_won, w.orders, w.won, w.lost)) AS recovery_differs,
	bool_and(v.counted = v.purchased + v.abandoned + v.open AND v.abandoned = v.abandoned_at_cart + v.abandoned_at_checkout + v.abandoned_at_shipping + v.abandoned_at_payment) AS adds_up,
	bool_and(v.abandonment_rate IS NOT DISTINCT FROM v.judged_abandoned::float8 / nullif(v.judged, 0) AND v.checkout_abandonment_rate IS NOT DISTINCT FROM v.checkouts_abandoned::float8 / nullif(v.checkouts, 0) AND v.recovery_rate IS NOT DISTINCT FROM v.judged_recovered::float8 / nullif(v.recovery_judged, 0)
		AND v.reminded_recovery_rate IS NOT DISTINCT FROM v.reminded_recovered::float8 / nullif(v.reminded, 0) AND v.not_reminded_recovery_rate IS NOT DISTINCT FROM v.not_reminded_recovered::float8 / nullif(v.not_reminded, 0)
		AND (v.abandonment_rate_lower, v.abandonment_rate_upper) IS NOT DISTINCT FROM (SELECT (w.lower, w.upper) FROM wilson_interval(v.judged_abandoned, v.judged) w)
		AND (v.recovery_rate_lower, v.recovery_rate_upper) IS NOT DISTINCT FROM (SELECT (w.lower, w.upper) FROM wilson_interval(v.judged_recovered, v.recovery_judged) w)) AS rates
FROM ct_shop.cart_abandonment v FULL JOIN want w USING (counted_by, month);
SELECT counted_by, sum(counted) > 300 AS many, sum(recovered) > 10 AS recovered, sum(reminded) > 10 AS reminded, sum(judged - judged_abandoned) > 10 AS purchased FROM ct_shop.cart_abandonment GROUP BY 1 ORDER BY 1;
SELECT count(*) AS events, count(*) FILTER (WHERE (v.kind, v.errors, v.carts, v.customers, v.judged, v.judged_purchased, v.others, v.others_purchased) IS DISTINCT FROM (w.kind, w.errors, w.carts, w.customers, w.judged, w.purchased, w.others, w.others_purchased)) AS differ,
	bool_and(v.purchased_rate = v.judged_purchased::float8 / v.judged AND v.others_purchased_rate = v.others_purchased::float8 / v.others AND v.purchased_rate_lower < v.purchased_rate AND v.others_purchased_rate_upper > v.others_purchased_rate) AS rates
FROM ct_shop.checkout_errors v FULL JOIN (
	SELECT e.event, CASE e.event WHEN 'Coupon Denied' THEN 'coupon denied' ELSE 'error' END AS kind, sum(cardinality(array_positions(error_events, e.event))) AS errors, count(*) FILTER (WHERE e.event = ANY (error_events)) AS carts, count(DISTINCT customer) FILTER (WHERE e.event = ANY (error_events)) AS customers,
		count(*) FILTER (WHERE judged AND e.event = ANY (error_events)) AS judged, count(*) FILTER (WHERE outcome = 'purchased' AND judged AND e.event = ANY (error_events)) AS purchased,
		count(*) FILTER (WHERE judged AND checkout_at IS NOT NULL AND (e.event = ANY (error_events)) IS NOT TRUE) AS others, count(*) FILTER (WHERE outcome = 'purchased' AND judged AND checkout_at IS NOT NULL AND (e.event = ANY (error_events)) IS NOT TRUE) AS others_purchased
	FROM (VALUES ('exception'), ('exception/declined'), ('Coupon Denied')) e(event), ct_all WHERE NOT by_session GROUP BY 1) w USING (event);
-- by the last reminder
SELECT count(*) AS rows, count(*) FILTER (WHERE (v.reminded, v.carts, v.customers, v.reminders, v.purchased, v.open, v.abandoned, v.recovered, v.judged, v.judged_recovered, v.recovered_with_coupon, v.recovered_orders, v.recovered_orders_with_value, v.recovered_value, v.recovered_value_with_coupon)
		IS DISTINCT FROM (w.reminded, w.carts, w.customers, w.reminders, w.purchased, w.open, w.left_behind, w.recovered, w.judged, w.judged_recovered, w.with_coupon, w.orders, w.valued, w.won, w.won_with_coupon)) AS differ,
	bool_and(v.carts = v.purchased + v.open + v.abandoned AND v.recovery_rate = v.judged_recovered::float8 / v.judged 
		AND (v.recovery_rate_lower, v.recovery_rate_upper) IS NOT DISTINCT FROM (SELECT (i.lower, i.upper) FROM wilson_interval(v.judged_recovered, v.judged) i)) AS rates,
	min(v.judged_recovered) > 3 AS recovered, sum(v.recovered_with_coupon) > 5 AND bool_and(v.recovered_with_coupon < v.recovered) AS with_coupon,
	sum(v.recovered_value) = (SELECT sum(recovered_value) FROM ct_shop.cart_abandonment WHERE counted_by = 'cart') AS each_order_once
FROM ct_shop.cart_reminders v FULL JOIN (
	SELECT coalesce(reminder_event, '-') AS event, min(reminder_event) IS NOT NULL AS reminded, count(*) AS carts, count(DISTINCT customer) AS customers, sum(reminders) AS reminders, sum((outcome = 'purchased')::int) AS purchased, sum((outcome = 'open')::int) AS open, sum((outcome LIKE '%d' AND outcome <> 'purchased')::int) AS left_behind, sum((outcome = 'recovered')::int) AS recovered,
		sum((o.seen - abandoned_at > '720:00')::int) FILTER (WHERE abandoned_at IS NOT NULL) AS judged, sum((o.seen - abandoned_at > '720:00')::int) FILTER (WHERE outcome = 'recovered') AS judged_recovered,
		count(*) FILTER (WHERE incentive) AS with_coupon, count(*) FILTER (WHERE recovery_counts) AS orders, count(recovered_value) AS valued, sum(recovered_value) AS won, sum(recovered_value) FILTER (WHERE incentive) AS won_with_coupon
	FROM ct_all, (SELECT last_at AS seen FROM ct_shop.source) o WHERE NOT by_session GROUP BY reminder_event) w ON w.event = coalesce(v.reminder_event, '-');
SELECT count(*) > 3 AS months, count(*) FILTER (WHERE (v.purchases, v.customers, v.visit_median_clicks, v.visit_p90_seconds, v.from_product, v.product_p90_clicks, v.from_cart, v.cart_median_clicks, v.cart_p90_seconds, v.from_cart_in_visit) IS DISTINCT FROM
	(w.purchases, w.customers, w.m, w.p, w.from_product, w.pp, w.from_cart, w.cm, w.cp, w.one)) AS differ
FROM ct_shop.clicks_to_purchase v FULL JOIN (
	SELECT to_char(p.purchased_at AT TIME ZONE 'Asia/Tokyo', 'YYYY-MM-01')::date AS month, count(*) AS purchases, count(DISTINCT s.customer) AS customers, percentile_cont(0.5) WITHIN GROUP (ORDER BY steps_from_visit) AS m, percentile_cont(0.9) WITHIN GROUP (ORDER BY seconds_from_visit) AS p,
		count(seconds_from_product) AS from_product, percentile_cont(0.9) WITHIN GROUP (ORDER BY clicks_from_product) AS pp, count(seconds_from_cart) AS from_cart, percentile_cont(0.5) WITHIN GROUP (ORDER BY clicks_from_cart) AS cm, percentile_cont(0.9) WITHIN GROUP (ORDER BY seconds_from_cart) AS cp, count(*) FILTER (WHERE visits_from_cart = 1) AS one
	FROM ct_shop.store s, ct_shop.source o, clicks_to_purchase(s.journey, o.actions) p GROUP BY 1) w USING (month);
-- plain types, everything commented
SELECT c.relname, string_agg(DISTINCT format_type(a.atttypid, a.atttypmod), ', ' ORDER BY format_type(a.atttypid, a.atttypmod)) AS types, count(*) AS columns, count(*) FILTER (WHERE col_description(c.oid, a.attnum) IS NULL) + (obj_description(c.oid) IS NULL)::int AS uncommented
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 WHERE c.oid = ANY ('{ct_shop.carts,ct_shop.cart_abandonment,ct_shop.checkout_errors,ct_shop.clicks_to_purchase,ct_shop.cart_reminders}'::regclass[]) GROUP BY c.oid, c.relname ORDER BY 1;
-- the views in parallel
CREATE TABLE ct_serial AS SELECT md5(string_agg(v::text, ' ' ORDER BY v::text)) AS m FROM ct_shop.cart_abandonment v;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT md5(string_agg(v::text, ' ' ORDER BY v::text)) = (SELECT m FROM ct_serial) AS same FROM ct_shop.cart_abandonment v;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;

-- breakdowns that the guide shows: by payment method, guest or registered
SELECT payment_method, count(*) FILTER (WHERE judged) > 10 AS judged, avg((outcome = 'purchased')::int) FILTER (WHERE judged) BETWEEN 0 AND 1 AS rate FROM ct_shop.carts WHERE payment_method IS NOT NULL GROUP BY 1 ORDER BY 1;
SELECT count(*) AS guest_or_not FROM (SELECT registered, count(*) FROM ct_shop.carts GROUP BY 1) r;
-- no value: blank, not zero; no carts: no rows
SELECT drop_source('ct_shop', true);
SELECT touchpoints FROM create_source('ct_shop', 'ct_data.events', 'customer', 'at', 'event', tiebreak => 'i');
SELECT count(*) AS reminders, count(recovered_value) AS recovered_value, min(recovered_orders_with_value) AS with_value, min(recovered_orders) > 0 AS orders FROM ct_shop.cart_reminders;
SELECT counted_by, count(recovered_value) AS recovered_value, count(lost_value) AS lost_value, sum(lost_carts_with_value) AS with_value, sum(recovered_orders) > 0 AS orders FROM ct_shop.cart_abandonment GROUP BY 1 ORDER BY 1;
DELETE FROM ct_data.events WHERE event NOT IN ('page_view', 'exception');
SELECT touchpoints > 0 AS some FROM rebuild('ct_shop');
SELECT (SELECT count(*) FROM ct_shop.carts) AS carts, (SELECT count(*) FROM ct_shop.cart_abandonment) AS abandonment, (SELECT count(*) FROM ct_shop.checkout_errors) AS errors, (SELECT count(*) FROM ct_shop.clicks_to_purchase) AS clicks, (SELECT count(*) FROM ct_shop.cart_reminders) AS reminders;
SELECT drop_source('ct_shop', true);
DROP SCHEMA ct_data CASCADE;
DROP FUNCTION ct_carts(journey, timestamptz, interval, interval, boolean);
DROP TABLE ct_models, ct_events, ct_drawn, ct_rows, ct_journeys, ct_asked, ct_seen, ct_want, ct_told, ct_all, ct_serial;
