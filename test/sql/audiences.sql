-- audience, milestones; the views top_customers, milestones, message_frequency, customer_rfm: lists of customers.
SET search_path = public, journey;
SET TimeZone = 'Asia/Tokyo';
SET DateStyle = 'ISO';
SET client_min_messages = warning;
\set SHOW_CONTEXT never

CREATE TABLE au_events (id bigint, at timestamptz, event text, value numeric);
INSERT INTO au_events VALUES
	-- 1 buys for 100, 400, 550 (returned), 550; brings friends; the first order is on 1 April in Berlin
	(1, '2024-03-31 22:30+00', 'purchase', 100), (1, '2025-01-10 12:00+00', 'purchase', 400), (1, '2025-06-01 12:00+00', 'purchase', 550), (1, '2025-06-05 12:00+00', 'order_returned', 550),
	(1, '2025-06-06 12:00+00', 'review_submitted', 3), (1, '2025-06-07 12:00+00', 'review_submitted', 5), (1, '2025-06-08 12:00+00', 'referral_link_shared', NULL), (1, '2025-06-09 12:00+00', 'referral_link_shared', NULL),
	(1, '2025-07-01 12:00+00', 'referral_converted', 20), (1, '2026-01-01 12:00+00', 'purchase', 550), (1, '2026-03-31 23:30+00', 'page_view', NULL),
	-- 2 bought once on a leap day
	(2, '2024-02-29 12:00+00', 'purchase', 50),
	-- 3 gave back all there was, and shared: no customer, so no evangelist
	(3, '2026-03-01 12:00+00', 'purchase', 100), (3, '2026-03-02 12:00+00', 'Order Cancelled', NULL), (3, '2026-03-03 12:00+00', 'share', NULL),
	-- 4 bought twice for what is not known
	(4, '2026-03-01 12:00+00', 'purchase', NULL), (4, '2026-03-20 12:00+00', 'purchase', NULL), (4, '2026-03-21 12:00+00', 'survey_answered/testimonial', NULL), (4, '2026-03-22 12:00+00', 'join_group', NULL), (4, '2026-03-23 12:00+00', 'survey_answered/nps', 10),
	-- 5 gets mail, in Berlin's months, and has a cart
	(5, '2026-01-31 23:30+00', 'cart_recovery_sent', NULL), (5, '2026-03-02 12:00+00', 'Email Delivered', NULL), (5, '2026-03-03 12:00+00', 'Email Delivered', NULL), (5, '2026-03-03 12:10+00', 'Email Opened', NULL), (5, '2026-03-03 12:11+00', 'Email Opened', NULL),
	(5, '2026-03-05 12:00+00', 'Email Opened', NULL), (5, '2026-03-05 12:01+00', 'Email Link Clicked', NULL), (5, '2026-03-06 12:00+00', 'Email Bounced', NULL), (5, '2026-03-30 12:00+00', 'add_to_cart', NULL),
	(6, '2026-03-02 12:00+00', 'Email Delivered', NULL), (6, '2026-03-03 12:00+00', 'Order Updated', NULL), (6, '2026-03-04 12:00+00', 'view_item', NULL),
	(7, '2026-03-25 12:00+00', 'purchase', 60), (8, '2026-03-25 12:00+00', 'purchase', 60), (9, '2026-02-01 12:00+00', 'purchase', 30), (9, '2026-02-10 12:00+00', 'purchase', 20);
SELECT * FROM create_source('au_shop', 'au_events', 'id', 'at', 'event', NULL, 'value', timezone => 'Europe/Berlin', settings => '{"dormancy": "60 days"}');

-- the best by value (equal values: more purchases; equal in both: the same rank) and by advocacy; ambassadors; the guard of two purchases
SELECT customer, value_rank, value, purchases, taken_back, last_purchase_at AT TIME ZONE 'UTC' AS last_purchase_at, last_purchase_date, state FROM au_shop.top_customers ORDER BY value_rank, customer;
SELECT customer, advocacy_rank, advocacy_acts, referrals, referrals_converted, shares, community, reviews, testimonials, state FROM au_shop.top_customers WHERE advocacy_rank <= 100 ORDER BY advocacy_rank;
SELECT customer FROM au_shop.top_customers WHERE state = 'evangelist' ORDER BY 1;
-- referrals a customer and how many of them succeed: the two factors of the K-factor
SELECT sum(t.referrals)::float8 / max(s.customers) AS referrals_a_customer, sum(referrals_converted)::float8 / nullif(sum(referrals), 0) AS converted_rate FROM au_shop.top_customers t, au_shop.source s;

-- milestones: anniversaries at local midnight and of a leap day; the returned order is none
SELECT customer, kind, milestone, threshold, reached_at AT TIME ZONE 'UTC' AS reached_at, reached_date, n FROM au_shop.milestones ORDER BY customer, kind, threshold;
-- other numbers, an earlier time (the order is not yet returned), another zone
SELECT milestone, reached_at AT TIME ZONE 'UTC' AS reached_at, n FROM au_shop.journeys, milestones(journey, stage_model('five_stage'), orders => '{3,2,3}', spend => '{150.5,1050,1050.01}') WHERE customer = 1 ORDER BY kind, threshold;
SELECT milestone, reached_at AT TIME ZONE 'UTC' AS reached_at, n FROM au_shop.journeys, milestones(journey, stage_model('five_stage'), '{3}', '{1000}', 'Asia/Tokyo', '2025-06-01 12:00+00') WHERE customer = 1 ORDER BY kind, threshold;
SELECT count(*) FILTER (WHERE kind <> 'anniversary') AS none, count(*) AS anniversaries FROM au_shop.journeys, milestones(journey, stage_model('five_stage'), NULL, NULL) WHERE customer = 1;
SELECT count(*) AS none FROM au_shop.journeys, unnest('{infinity,-infinity,2024-03-31 22:29:59+00}'::timestamptz[]) a, milestones(journey, stage_model('five_stage'), as_of => a) WHERE customer = 1;
SELECT (SELECT count(*) FROM milestones(NULL, stage_model('five_stage'))) + (SELECT count(*) FROM milestones('[2026-01-01 00:00+00 purchase]', NULL)) + (SELECT count(*) FROM milestones('[2026-01-01 00:00+00 page_view]', stage_model('five_stage'))) AS none;
-- ten times ten cents are one
SELECT milestone, n FROM (SELECT journey_agg('2026-01-01 00:00+00'::timestamptz + i * interval '1 day', 'purchase', NULL, 0.1) AS j FROM generate_series(1, 12) i) j, milestones(j, stage_model('five_stage'), NULL, '{0.3,1}');
SELECT * FROM milestones('[2026-01-01 00:00+00 purchase]', stage_model('five_stage'), timezone => 'Europe/Nowhere');

-- messages: sent or opened, whichever is more; in Berlin's months
SELECT * FROM au_shop.message_frequency ORDER BY customer, month;

-- recency, frequency, monetary value: equal customers share a score, what is not known has none
-- by hand, of 6: days 762 90 50 12 7 7 give 1 1 2 3 4 4; purchases 1 1 1 2 2 3 give 1 1 1 3 3 5; of 5 sums 50 50 60 60 1050 give 1 1 3 3 5
SELECT customer, recency_days AS days, last_purchase_at AT TIME ZONE 'UTC' AS last_purchase_at, last_purchase_date, purchases, spend, r_score AS r, f_score AS f, m_score AS m, rfm, segment, customers FROM au_shop.customer_rfm ORDER BY customer;

-- audiences: by state, by moment, by stage, together, as of a time, seen lately
SELECT s, array(SELECT audience(NULL::bigint, 'au_shop', state => s) ORDER BY 1) AS customers FROM unnest('{visitor,prospect,first_time_buyer,loyal,evangelist,lapsed}'::text[]) s;
SELECT s, array(SELECT audience(NULL::bigint, 'au_shop', state => s, as_of => '2026-03-21 12:00+00') ORDER BY 1) AS customers FROM unnest('{visitor,prospect,first_time_buyer,loyal,evangelist,lapsed}'::text[]) s;
SELECT s, array(SELECT audience(NULL::bigint, 'au_shop', moment => s) ORDER BY 1) AS customers, array(SELECT audience(NULL::bigint, 'au_shop', moment => s, seen_within => '7 days') ORDER BY 1) AS lately FROM unnest('{zmot,fmot,smot,tmot,umot}'::text[]) s;
SELECT array(SELECT audience(NULL::bigint, 'au_shop', stage => 'conversion') ORDER BY 1) AS conversion, array(SELECT audience(NULL::bigint, 'au_shop', stage => 'conversion', state => 'prospect') ORDER BY 1) AS of_them_prospects,
	array(SELECT audience(NULL::bigint, 'au_shop') ORDER BY 1) AS everybody, array(SELECT audience(NULL::bigint, 'au_shop', as_of => '2024-03-31 22:30+00') ORDER BY 1) AS then;
-- both ends of seen_within count; it is not longer where a zone puts its clocks forward
SET TimeZone = 'Europe/Berlin';
SELECT s, array(SELECT audience(NULL::bigint, 'au_shop', seen_within => s, as_of => '2026-03-31 12:00+00') ORDER BY 1) AS customers FROM unnest('{0,1 day,5 days 23:59:59.999999,6 days}'::interval[]) s;
SET TimeZone = 'Asia/Tokyo';
-- refused
SELECT audience(NULL::bigint, 'au_shop', stage => 'Conversion');
SELECT audience(NULL::bigint, 'au_shop', moment => 'conversion');
SELECT audience(NULL::bigint, 'au_shop', state => 'umot');
SELECT audience(NULL::text, 'au_shop');
SELECT audience(NULL::bigint, 'au_nowhere');
SELECT audience(NULL::bigint, NULL);
SELECT audience(NULL::bigint, 'au_shop', as_of => 'infinity');
SELECT audience(NULL::bigint, 'au_shop', seen_within => '-1 day');
SELECT audience(NULL::bigint, 'au_shop', seen_within => '1 month');
CREATE ROLE regress_journey_audience;
GRANT USAGE ON SCHEMA journey TO regress_journey_audience;
SET ROLE regress_journey_audience;
\set VERBOSITY terse
SELECT audience(NULL::bigint, 'au_shop', state => 'loyal');
\set VERBOSITY default
RESET ROLE;
GRANT USAGE ON SCHEMA au_shop TO regress_journey_audience;
GRANT SELECT ON au_shop.source, au_shop.store TO regress_journey_audience;
SET ROLE regress_journey_audience;
SELECT count(*) FROM audience(NULL::bigint, 'au_shop', state => 'evangelist');
RESET ROLE;
DROP OWNED BY regress_journey_audience;
DROP ROLE regress_journey_audience;
SELECT drop_source('au_shop', true) IS NOT NULL AS dropped;

--
-- a random shop against plain SQL over its events
--
\set seed 0.5527
\echo seed :seed
SELECT setseed(:seed);
CREATE TABLE au_random AS
SELECT 'c' || lpad(c::text, 3, '0') AS id, i AS tiebreak, '2023-01-15 00:00+00'::timestamptz + floor(random() * 1200 * least(1, (c % 7 + 1) / 6.0)) * interval '1 day' + floor(random() * 4) * interval '8 h' AS at,
	(ARRAY['purchase', 'purchase', 'purchase', 'Order Completed', 'refund', 'order_returned', 'share', 'referral_link_created', 'referral_converted', 'review_submitted', 'join_group', 'survey_answered/testimonial', 'survey_answered/nps',
		'Email Delivered', 'Email Opened', 'Email Opened', 'Email Link Clicked', 'Push Notification Bounced', 'cart_recovery_sent', 'Order Updated', 'page_view', 'add_to_cart'])[1 + floor(random() * 22)::int] AS event,
	CASE WHEN random() < 0.8 AND c % 11 <> 3 THEN floor(1 + random() * CASE WHEN c % 5 = 0 THEN 5 ELSE 400 END) / 2 END AS value
FROM generate_series(1, 300) c, generate_series(1, 60) i WHERE i <= c % 60;
SELECT customers FROM create_source('au_random_shop', 'public.au_random', 'id', 'at', 'event', NULL, 'value', tiebreak => 'tiebreak', timezone => 'America/New_York');
CREATE TABLE au_told AS
WITH said AS (
	SELECT *, row_number() OVER w AS n, event IN ('purchase', 'Order Completed') AS bought, event IN ('refund', 'order_returned') AS took_back, at AT TIME ZONE 'America/New_York' AS local
	FROM au_random WINDOW w AS (PARTITION BY id ORDER BY at, tiebreak)
), counted AS (
	SELECT *, sum(bought::int - took_back::int) OVER (PARTITION BY id ORDER BY n) AS plain FROM said
), net AS (
	SELECT *, plain - least(0, min(plain) OVER (PARTITION BY id ORDER BY n)) AS purchases FROM counted
)
SELECT *, bought AND coalesce(min(purchases) OVER (PARTITION BY id ORDER BY n ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) >= purchases, true) AS kept FROM net;
CREATE TABLE au_by_customer AS
SELECT id, count(*) FILTER (WHERE kept) AS purchases, count(*) FILTER (WHERE bought AND NOT kept) AS taken_back, sum(value) FILTER (WHERE kept) AS spend, max(at) FILTER (WHERE kept) AS last_at,
	count(*) FILTER (WHERE event = 'referral_link_created') AS referrals, count(*) FILTER (WHERE event = 'referral_converted') AS converted, count(*) FILTER (WHERE event = 'share') AS shares,
	count(*) FILTER (WHERE event = 'join_group') AS community, count(*) FILTER (WHERE event = 'review_submitted' AND value >= 4) AS reviews, count(*) FILTER (WHERE event = 'survey_answered/testimonial') AS testimonials
FROM au_told GROUP BY id;
SELECT count(*) > 250 AS many, count(*) FILTER (WHERE t.customer IS NULL OR w.id IS NULL OR (t.value::numeric, t.purchases, t.taken_back, t.last_purchase_at, t.last_purchase_date, t.advocacy_acts, t.referrals, t.referrals_converted, t.shares, t.community, t.reviews, t.testimonials)
	IS DISTINCT FROM (w.spend, w.purchases, w.taken_back, w.last_at, (w.last_at AT TIME ZONE 'America/New_York')::date, w.referrals + w.converted + w.shares + w.community + w.reviews + w.testimonials, w.referrals, w.converted, w.shares, w.community, w.reviews, w.testimonials)) AS differences
FROM au_random_shop.top_customers t FULL JOIN (SELECT * FROM au_by_customer WHERE purchases > 0 OR referrals + converted + shares + community + reviews + testimonials > 0) w ON id = customer;
-- ranks: 1 + how many are better
SELECT count(value_rank) > 200 AS many, count(*) FILTER (WHERE value_rank IS DISTINCT FROM CASE WHEN purchases > 0 THEN
		(SELECT count(*) + 1 FROM au_by_customer b WHERE b.purchases > 0 AND (coalesce(b.spend, -1) > coalesce(t.value::numeric, -1) OR coalesce(b.spend, -1) = coalesce(t.value::numeric, -1) AND b.purchases > t.purchases)) END) AS value_differences,
	count(advocacy_rank) > 200 AS many, count(*) FILTER (WHERE advocacy_rank IS DISTINCT FROM CASE WHEN advocacy_acts > 0 THEN
		(SELECT count(*) + 1 FROM au_by_customer b WHERE b.referrals + b.converted + b.shares + b.community + b.reviews + b.testimonials > t.advocacy_acts OR b.referrals + b.converted + b.shares + b.community + b.reviews + b.testimonials = t.advocacy_acts AND b.converted > t.referrals_converted) END) AS advocacy_differences
FROM au_random_shop.top_customers t;
-- scores: the whole fifths of customers who are worse
CREATE TABLE au_rfm AS
SELECT id, (SELECT max(local)::date FROM au_told) - (last_at AT TIME ZONE 'America/New_York')::date AS days, purchases, spend FROM au_by_customer WHERE purchases > 0;
WITH scored AS (
	SELECT g.*, 1 + (SELECT count(*) FROM au_rfm b WHERE b.days > g.days) * 5 / n AS r, 1 + (SELECT count(*) FROM au_rfm b WHERE b.purchases < g.purchases) * 5 / n AS f,
		CASE WHEN spend IS NOT NULL THEN 1 + (SELECT count(*) FROM au_rfm b WHERE b.spend < g.spend) * 5 / (SELECT count(spend) FROM au_rfm) END AS m FROM au_rfm g, (SELECT count(*) AS n FROM au_rfm) c
), named AS (
	SELECT *, CASE WHEN (f + coalesce(m, f)) / 2.0 >= 3.5 THEN 'many' WHEN (f + coalesce(m, f)) / 2.0 >= 2.5 THEN 'some' ELSE 'few' END AS s FROM scored
)
SELECT count(DISTINCT segment) AS segments, count(*) FILTER (WHERE m_score IS NULL) > 5 AS without_value, count(*) FILTER (WHERE g.customer IS NULL OR w.id IS NULL OR (g.recency_days, g.purchases, g.spend::numeric, g.r_score, g.f_score, g.m_score, g.segment) IS DISTINCT FROM (w.days, w.purchases, w.spend, w.r::int, w.f::int, w.m::int,
	('{"5 many": "champions", "5 some": "active", "5 few": "new", "4 many": "loyal", "4 some": "active", "4 few": "promising", "3 many": "loyal", "3 some": "needs attention", "3 few": "needs attention",
	"2 many": "at risk", "2 some": "almost lost", "2 few": "almost lost", "1 many": "previously loyal", "1 some": "dormant", "1 few": "dormant"}'::jsonb) ->> (r || ' ' || s))) AS differences
FROM au_random_shop.customer_rfm g FULL JOIN named w ON id = customer;
-- milestones
CREATE TABLE au_kept AS
SELECT id, at, local, n::int, row_number() OVER w AS order_no, coalesce(sum(value) OVER w, 0) AS spent, coalesce(sum(value) OVER w, 0) - coalesce(value, 0) AS spent_before FROM au_told WHERE kept WINDOW w AS (PARTITION BY id ORDER BY n);
WITH want AS (
	SELECT id, 'order ' || order_no AS milestone, at, n FROM au_kept WHERE order_no IN (1, 2, 5, 10, 25, 50, 100)
	UNION ALL SELECT id, 'spend ' || t, at, n FROM au_kept, unnest('{100,500,1000,5000,10000}'::numeric[]) t WHERE spent >= t AND spent_before < t
	UNION ALL SELECT id, 'anniversary ' || y, (local + y * interval '1 year') AT TIME ZONE 'America/New_York', NULL FROM au_kept, generate_series(1, 5) y WHERE order_no = 1 AND (local + y * interval '1 year') AT TIME ZONE 'America/New_York' <= (SELECT max(at) FROM au_random)
)
SELECT count(*) > 500 AS many, count(DISTINCT m.milestone) AS kinds, count(*) FILTER (WHERE m.customer IS NULL OR w.id IS NULL OR (m.reached_at, m.n, m.reached_date) IS DISTINCT FROM (w.at, w.n, (w.at AT TIME ZONE 'America/New_York')::date)) AS differences
FROM au_random_shop.milestones m FULL JOIN want w ON id = customer AND m.milestone = w.milestone;
-- messages
WITH counted AS (
	SELECT id, date_trunc('month', local)::date AS month, count(*) FILTER (WHERE event IN ('Email Delivered', 'cart_recovery_sent', 'Order Updated')) AS sent, count(*) FILTER (WHERE event = 'Email Opened') AS opened,
		count(*) FILTER (WHERE event = 'Email Link Clicked') AS clicked, count(*) FILTER (WHERE event = 'Push Notification Bounced') AS refused
	FROM au_told WHERE event IN ('Email Delivered', 'cart_recovery_sent', 'Order Updated', 'Email Opened', 'Email Link Clicked', 'Push Notification Bounced') GROUP BY 1, 2
)
SELECT count(*) > 1000 AS many, count(*) FILTER (WHERE customers_with_more > 0) > 100 AS more, count(*) FILTER (WHERE NOT complete) > 0 AS incomplete, count(*) FILTER (WHERE m.customer IS NULL OR w.id IS NULL OR
	(m.sent, m.opened, m.clicked, m.refused, m.messages, m.customers, m.customers_with_more, m.more_rate, m.complete) IS DISTINCT FROM (w.sent, w.opened, w.clicked, w.refused, greatest(w.sent, w.opened),
		(SELECT count(*) FROM counted o WHERE o.month = w.month), (SELECT count(*) FROM counted o WHERE o.month = w.month AND greatest(o.sent, o.opened) > greatest(w.sent, w.opened)),
		(SELECT avg((greatest(o.sent, o.opened) > greatest(w.sent, w.opened))::int::float8) FROM counted o WHERE o.month = w.month), w.month < (SELECT date_trunc('month', max(local)) FROM au_told))) AS differences
FROM au_random_shop.message_frequency m FULL JOIN counted w ON id = customer AND m.month = w.month;
-- audiences are the customers of whom it is so
SELECT count(*) AS asked, count(*) FILTER (WHERE a.who IS DISTINCT FROM w.who) AS differences, sum(cardinality(a.who)) > 500 AS many
FROM (SELECT stage, moment, state, as_of FROM unnest('{NULL,conversion,retention}'::text[]) stage, unnest('{NULL,umot,smot}'::text[]) moment, unnest('{NULL,loyal,lapsed}'::text[]) state, unnest('{2024-01-01 00:00+00,NULL}'::timestamptz[]) as_of) q,
	LATERAL (SELECT coalesce(array_agg(c ORDER BY c COLLATE "C"), '{}') AS who FROM audience(NULL::text, 'au_random_shop', q.stage, q.moment, q.state, q.as_of) c) a,
	LATERAL (SELECT coalesce(array_agg(customer ORDER BY customer COLLATE "C"), '{}') AS who FROM au_random_shop.store, (SELECT flat(model) AS model, flat(moments) AS moments, flat(states) AS states, coalesce(q.as_of, last_at) AS t FROM au_random_shop.source OFFSET 0) s
		WHERE first_at(journey) <= t AND (stage IS NULL OR current_stage(journey, s.model, t) = stage) AND (moment IS NULL OR current_stage(journey, s.moments, t) = moment) AND (state IS NULL OR state_at(journey, s.states, t) = state)) w;
-- plain types, and a comment everywhere
SELECT DISTINCT format_type(atttypid, atttypmod) AS type FROM pg_attribute JOIN pg_class c ON c.oid = attrelid WHERE relnamespace = 'au_random_shop'::regnamespace AND relname IN ('top_customers', 'milestones', 'message_frequency', 'customer_rfm') AND attnum > 0 ORDER BY 1;
SELECT count(*) > 40 AS columns, count(*) FILTER (WHERE col_description(attrelid, attnum) IS NULL) AS without_comment FROM pg_attribute JOIN pg_class c ON c.oid = attrelid WHERE relnamespace = 'au_random_shop'::regnamespace AND relname IN ('top_customers', 'milestones', 'message_frequency', 'customer_rfm') AND attnum > 0;
-- a shop without values ranks by purchases
SELECT customers FROM create_source('au_plain', 'au_events', 'id', 'at', 'event');
SELECT customer, value_rank, value, purchases FROM au_plain.top_customers WHERE value_rank <= 2 ORDER BY 2, 1;
SELECT DISTINCT rfm, m_score FROM au_plain.customer_rfm ORDER BY 1;
SELECT count(*) FILTER (WHERE kind = 'spend') AS spend, count(*) FILTER (WHERE kind = 'order') AS orders FROM au_plain.milestones;
SELECT drop_source('au_plain', true) IS NOT NULL AS dropped, drop_source('au_random_shop', true) IS NOT NULL AS dropped_too;

DROP TABLE au_events, au_random, au_told, au_by_customer, au_rfm, au_kept;
