\echo Use "CREATE EXTENSION journey" to load this file. \quit

/*
 * The sample shop: an event log as a web shop of some size has one.
 *
 * Everything follows from hashes of (seed, customer, what is drawn): no
 * random(), no session setting, no row order, no libm.  Two servers answer
 * with the same rows.
 *
 * The model, for the default of 20,000 customers over 180 days:
 *
 * acquisition	Spread over the period, denser at its beginning; one customer
 *				in seven comes in one of two campaign weeks (at 1/6 and 2/3 of
 *				the period).  The channel is drawn once; later visits keep it
 *				or come direct, by email, search or social.
 * class		visitor (about 40 %: one visit, sometimes two), browser (a
 *				third), one-time buyer, repeat buyer (2-4 orders) and loyal
 *				(4-10 orders, up to a few hundred events).  Referral and email
 *				bring better ones, social and display worse ones.  Whoever
 *				comes late has not done yet what the class would do, so about
 *				a quarter buys within the period, more than a quarter of those
 *				again; 7 to 8 % of all visits end in a purchase.
 * visit		A bounce (page only), browsing, a cart, a checkout or a purchase;
 *				a script of steps, each with its chance and its pause.  Never
 *				two visits of one customer on a day.  Weekends and weeks without
 *				a campaign are thinner; the hour follows a daily rhythm (UTC).
 * order		Shipped after 4-44 h, delivered 2-6 days later, some late, some
 *				never; tracking, tickets (more for late ones), surveys and
 *				reviews (worse for late ones), returns, refunds of lost orders,
 *				points, referrals, posts.  Some purchase messages come twice,
 *				with the same order id.
 * around it	Ad impressions before the first visit, newsletters opened and
 *				clicked, cart reminders, brand and exit surveys.
 * noise		user_engagement (technical) and quiz_finished (in no taxonomy).
 */

CREATE FUNCTION journey.sample_draw(hash bigint, n integer) RETURNS double precision
	LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 2
	RETURN ((pg_catalog.hashint8extended(n::bigint, hash) >> 11) & 9007199254740991)::double precision
		/ 9007199254740992::double precision;

COMMENT ON FUNCTION journey.sample_draw(bigint, integer) IS
'The n-th number drawn from a hash, evenly spread over 0 (included) to 1 (excluded). The same arguments always give the same number; sample_shop draws with it instead of random(). NULL for a NULL argument.';

CREATE FUNCTION journey.sample_shop(
	customers integer DEFAULT 20000,
	days integer DEFAULT 180,
	seed bigint DEFAULT 42,
	start_at timestamptz DEFAULT '2026-01-01 00:00:00+00')
	RETURNS TABLE(customer_id bigint, occurred_at timestamptz, event text, channel text,
				  value double precision, order_id text)
	LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1000000 ROWS 500000
BEGIN ATOMIC
WITH period AS (
	SELECT p.from_s, p.from_s + sample_shop.days::bigint * 86400 AS to_s,
		   p.from_s / 86400 AS from_day,
		   sample_shop.days / 6 AS campaign_1, sample_shop.days * 2 / 3 AS campaign_2
	FROM (SELECT floor(extract(epoch FROM sample_shop.start_at - '1970-01-01 00:00:00+00'::timestamptz))::bigint AS from_s) AS p
),
-- one row a customer: hash, acquisition
person AS (
	SELECT i AS id, h.h,
		   CASE WHEN journey.sample_draw(h.h, 4) < 0.14
				THEN CASE WHEN journey.sample_draw(h.h, 5) < 0.45 THEN p.campaign_1 ELSE p.campaign_2 END
					 + floor(7 * journey.sample_draw(h.h, 2))::integer
				ELSE floor(sample_shop.days * journey.sample_draw(h.h, 2) * (0.7 + 0.3 * journey.sample_draw(h.h, 2)))::integer
		   END AS first_day,
		   (CASE WHEN journey.sample_draw(h.h, 4) < 0.14
				 THEN '{paid search,paid search,social,social,social,paid social,paid social,affiliate,affiliate,display,email,organic search}'::text[]
				 ELSE '{organic search,organic search,organic search,organic search,paid search,paid search,direct,direct,social,referral,affiliate,email}'::text[]
			END)[1 + floor(12 * journey.sample_draw(h.h, 3))::integer] AS channel
	FROM period AS p,
		 generate_series(1::bigint, sample_shop.customers::bigint) AS i,
		 LATERAL (SELECT pg_catalog.hashint8extended(i, sample_shop.seed) AS h OFFSET 0) AS h
),
-- class: 1 visitor, 2 browser, 3 one-time buyer, 4 repeat buyer, 5 loyal
classed AS (
	SELECT q.*,
		   CASE WHEN q.u < 0.016 THEN 5 WHEN q.u < 0.09 THEN 4 WHEN q.u < 0.27 THEN 3 WHEN q.u < 0.61 THEN 2 ELSE 1 END AS class
	FROM (SELECT p.*,
				 journey.sample_draw(p.h, 1)
				 * CASE WHEN p.channel IN ('referral', 'email') THEN 0.75
						WHEN p.channel IN ('social', 'paid social', 'display') THEN 1.3 ELSE 1.0 END AS u
		  FROM person AS p) AS q
),
planned AS (
	SELECT c.*,
		   CASE c.class
				WHEN 1 THEN CASE WHEN c.v < 0.04 THEN 3 WHEN c.v < 0.22 THEN 2 ELSE 1 END
				WHEN 2 THEN 2 + floor(20 * c.v * c.v)::integer
				WHEN 3 THEN 3 + floor(21 * c.v * c.v)::integer
				WHEN 4 THEN 9 + floor(32 * c.v * c.v)::integer
				ELSE 30 + floor(90 * c.v * c.v * c.v)::integer
		   END AS visits,
		   CASE c.class
				WHEN 3 THEN 1
				WHEN 4 THEN 2 + floor(2.6 * c.w * c.w)::integer
				WHEN 5 THEN 4 + floor(7 * c.w * c.w)::integer
				ELSE 0
		   END AS orders,
		   CASE c.class WHEN 2 THEN 14 WHEN 5 THEN 5 ELSE 14 END AS pause
	FROM (SELECT k.*, journey.sample_draw(k.h, 6) AS v, journey.sample_draw(k.h, 7) AS w FROM classed AS k) AS c
),
timed AS (
	SELECT t.*, greatest(1, (t.visits - t.first_order) / greatest(1, t.orders)) AS every,
		   CASE WHEN journey.sample_draw(t.h, 8) < 0.17 THEN least(t.visits, 1 + floor(2 * journey.sample_draw(t.h, 9))::integer) END AS subscribes
	FROM (SELECT r.*,
				 1 + floor((r.visits - 1) * journey.sample_draw(r.h, 10) * CASE r.class WHEN 3 THEN 0.9 ELSE 0.3 END)::integer AS first_order
		  FROM planned AS r) AS t
),
-- one row a visit that happens
visited AS (
	SELECT v.*, p.from_day, p.to_s,
		   (v.day BETWEEN p.campaign_1 AND p.campaign_1 + 6 OR v.day BETWEEN p.campaign_2 AND p.campaign_2 + 6) AS campaign,
		   (p.from_day + v.day + 3) % 7 AS weekday
	FROM period AS p,
		 (SELECT t.id, t.h, t.class, t.channel AS acquired_by, t.subscribes, n.no, n.hs,
				 (n.no >= t.first_order AND (n.no - t.first_order) % t.every = 0
				  AND (n.no - t.first_order) / t.every < t.orders) AS buys,
				 1 + (n.no - t.first_order) / t.every AS order_no,
				 (n.no > t.first_order) AS bought,
				 t.first_day + sum(CASE n.no WHEN 1 THEN 0
									ELSE 1 + floor(t.pause * journey.sample_draw(n.hs, 1) * journey.sample_draw(n.hs, 1))::integer END)
					OVER (PARTITION BY t.id ORDER BY n.no) AS day
		  FROM timed AS t,
			   LATERAL (SELECT no, pg_catalog.hashint8extended(no::bigint, t.h) AS hs
						FROM generate_series(1, t.visits) AS no) AS n) AS v
	WHERE v.day < sample_shop.days
),
visit AS (
	SELECT v.id, v.hs, v.class, v.no, v.order_no, v.campaign, v.to_s,
		   (v.bought AND v.class >= 3) AS bought, (v.no = v.subscribes) AS subscribes,
		   CASE WHEN v.no = 1 OR journey.sample_draw(v.hs, 2) < 0.35 THEN v.acquired_by
				WHEN v.subscribes < v.no AND journey.sample_draw(v.hs, 3) < 0.5 THEN 'email'
				ELSE ('{direct,direct,direct,direct,organic search,organic search,organic search,paid search,social,email}'::text[])
					 [1 + floor(10 * journey.sample_draw(v.hs, 3))::integer]
		   END AS channel,
		   (v.from_day + v.day) * 86400
			+ width_bucket(journey.sample_draw(v.hs, 4),
						   '{0.012,0.018,0.022,0.026,0.031,0.042,0.065,0.100,0.143,0.190,0.240,0.293,0.354,0.412,0.462,0.511,0.560,0.612,0.670,0.740,0.825,0.905,0.965}'::double precision[]) * 3600
			+ floor(3600 * journey.sample_draw(v.hs, 5))::integer AS at_s,
		   -- depth: 1 bounce, 2 browsing, 3 cart, 4 checkout, 5 purchase
		   CASE WHEN v.buys THEN 5
				WHEN v.class = 1 THEN CASE WHEN journey.sample_draw(v.hs, 6) < 0.72 THEN 1 WHEN journey.sample_draw(v.hs, 6) < 0.97 THEN 2 ELSE 3 END
				WHEN journey.sample_draw(v.hs, 6) < 0.64 THEN 1
				WHEN journey.sample_draw(v.hs, 6) < 0.925 THEN 2
				WHEN journey.sample_draw(v.hs, 6) < 0.973 THEN 3
				ELSE 4
		   END AS depth
	FROM visited AS v
	WHERE v.no = 1 OR v.buys
		OR journey.sample_draw(v.hs, 7) >= CASE WHEN v.weekday >= 5 THEN 0.22 ELSE 0 END + CASE WHEN v.campaign THEN 0 ELSE 0.08 END
),
-- what may happen in a visit: depth from, depth to, chance, pause in seconds
script(pos, name, low, high, chance, pause_min, pause_max) AS (
	VALUES
		(1, 'ad_click', 1, 5, 0.92, 0, 0),
		(2, 'first_visit', 1, 5, 1.0, 1, 4),
		(3, 'session_start', 1, 5, 1.0, 1, 2),
		(4, 'page_view', 1, 5, 1.0, 1, 3),
		(5, 'scroll', 1, 5, 0.10, 4, 60),
		(6, 'social_follow', 1, 5, 0.006, 10, 120),
		(7, 'newsletter_subscribed', 1, 5, 1.0, 15, 200),
		(8, 'view_promotion', 2, 5, 0.45, 3, 30),
		(9, 'select_promotion', 2, 5, 0.12, 2, 20),
		(10, 'search', 2, 5, 0.24, 5, 60),
		(11, 'view_item_list', 2, 5, 0.45, 4, 60),
		(12, 'select_item', 2, 5, 0.16, 4, 60),
		(13, 'view_item', 2, 5, 0.72, 3, 90),
		(14, 'page_view/product', 2, 5, 0.25, 10, 120),
		(15, 'review_viewed', 2, 5, 0.10, 10, 120),
		(16, 'page_view/content', 2, 5, 0.12, 10, 200),
		(17, 'comparison_viewed', 2, 5, 0.04, 20, 300),
		(18, 'view_item', 2, 5, 0.40, 5, 120),
		(19, 'view_item', 3, 5, 0.30, 5, 120),
		(20, 'add_to_wishlist', 2, 5, 0.04, 10, 90),
		(21, 'user_engagement', 2, 5, 0.12, 5, 60),
		(22, 'quiz_finished', 2, 5, 0.012, 60, 300),
		(23, 'survey_answered/pre_purchase', 2, 3, 0.004, 20, 120),
		(24, 'support_ticket_opened', 2, 4, 0.006, 30, 200),
		(25, 'add_to_cart', 3, 5, 1.0, 5, 120),
		(26, 'remove_from_cart', 3, 4, 0.15, 10, 120),
		(27, 'add_to_cart', 3, 5, 0.22, 10, 200),
		(28, 'view_cart', 3, 5, 0.60, 3, 60),
		(29, 'begin_checkout', 4, 5, 1.0, 5, 90),
		(30, 'login', 4, 5, 0.60, 10, 60),
		(31, 'sign_up', 4, 5, 0.70, 20, 120),
		(32, 'add_shipping_info', 4, 4, 0.65, 20, 150),
		(33, 'add_shipping_info', 5, 5, 1.0, 20, 150),
		(34, 'Coupon Applied', 4, 5, 0.10, 5, 60),
		(35, 'exception', 4, 4, 0.12, 3, 30),
		(36, 'add_payment_info', 4, 4, 0.25, 20, 150),
		(37, 'add_payment_info', 5, 5, 1.0, 20, 150),
		(38, 'purchase', 5, 5, 1.0, 4, 60)
),
stepped AS (
	SELECT v.id, v.hs, v.class, v.order_no, v.to_s, v.channel, v.depth, s.pos, s.name, v.no, v.bought,
		   v.at_s + sum(s.pause_min + ((d.h >> 21) & 1023) * ((d.h >> 31) & 1023) * (s.pause_max - s.pause_min) / 1048576)
			OVER (PARTITION BY v.id, v.no ORDER BY s.pos) AS at_s
	FROM visit AS v
		JOIN script AS s ON v.depth BETWEEN s.low AND s.high
		CROSS JOIN LATERAL (SELECT pg_catalog.hashint8extended(s.pos::bigint + 100, v.hs) AS h) AS d
	WHERE (d.h & 1048575) < s.chance * 1048576
		AND CASE s.name
				WHEN 'ad_click' THEN v.channel IN ('paid search', 'paid social', 'display')
				WHEN 'first_visit' THEN v.no = 1
				WHEN 'newsletter_subscribed' THEN v.subscribes
				WHEN 'view_promotion' THEN v.campaign
				WHEN 'select_promotion' THEN v.campaign
				WHEN 'sign_up' THEN NOT v.bought
				WHEN 'login' THEN v.bought
				WHEN 'comparison_viewed' THEN NOT v.bought
				ELSE true
			END
),
-- one row an order; cents of the basket, hours until shipping, days until delivery (NULL: lost)
ordered AS (
	SELECT o.id, o.hs, o.class, o.at_s, o.channel, o.order_no,
		   'S' || o.id || '-' || o.order_no AS order_id,
		   (990 + floor(o.basket * o.basket * o.basket * 24000) + floor(3000 * journey.sample_draw(o.hs, 21))
			+ CASE WHEN o.class >= 4 THEN 1200 ELSE 0 END)::integer AS cents,
		   o.at_s + 14400 + floor(144000 * journey.sample_draw(o.hs, 22))::bigint AS shipped_s,
		   CASE WHEN o.fate >= 0.015
				THEN (o.at_s + 14400 + floor(144000 * journey.sample_draw(o.hs, 22))::bigint) / 86400
					 + CASE WHEN o.fate < 0.085 THEN 7 + floor(6 * journey.sample_draw(o.hs, 23))::integer
							ELSE 2 + floor(5 * journey.sample_draw(o.hs, 23))::integer END
		   END AS delivered_day,
		   (o.fate < 0.085) AS late
	FROM (SELECT t.*, journey.sample_draw(t.hs, 20) AS basket, journey.sample_draw(t.hs, 24) AS fate
		  FROM stepped AS t WHERE t.name = 'purchase') AS o
),
delivered AS (
	SELECT o.*, o.delivered_day * 86400 + 32400 + floor(36000 * journey.sample_draw(o.hs, 25))::bigint AS delivered_s,
		   o.cents / 100.0::double precision AS amount,
		   (o.class >= 4 OR journey.sample_draw(o.hs, 26) < 0.35) AS member
	FROM ordered AS o
),
happened(id, at_s, name, channel, value, order_id) AS (
	SELECT t.id, t.at_s,
		   CASE WHEN t.pos = 4
				THEN CASE WHEN t.channel IN ('paid search', 'paid social', 'display', 'affiliate')
						  THEN CASE WHEN journey.sample_draw(t.hs, 8) < 0.7 THEN 'page_view/landing' ELSE 'page_view/product' END
						  WHEN t.channel IN ('organic search', 'social', 'referral')
						  THEN CASE WHEN journey.sample_draw(t.hs, 8) < 0.4 THEN 'page_view/content'
									WHEN journey.sample_draw(t.hs, 8) < 0.75 THEN 'page_view/product' ELSE 'page_view' END
						  ELSE CASE WHEN journey.sample_draw(t.hs, 8) < 0.8 THEN 'page_view' ELSE 'page_view/product' END
					 END
				ELSE t.name
		   END,
		   t.channel, NULL::double precision, NULL::text
	FROM stepped AS t
	WHERE t.name <> 'purchase'

	UNION ALL	-- what follows an order
	SELECT o.id, e.at_s, e.name, e.channel, e.value, e.order_id
	FROM delivered AS o,
		 LATERAL (VALUES
			(o.at_s, 'purchase', o.channel, o.amount, o.order_id, true),
			(o.at_s + 45, 'purchase', o.channel, o.amount, o.order_id, journey.sample_draw(o.hs, 30) < 0.008),
			(o.at_s + 20, 'loyalty_points_earned', NULL, floor(o.amount), NULL, o.member),
			(o.at_s - 8, 'loyalty_points_redeemed', o.channel, 100 + 50 * floor(4 * journey.sample_draw(o.hs, 31)), NULL,
			 o.member AND o.order_no > 1 AND journey.sample_draw(o.hs, 32) < 0.25),
			(o.at_s + 90 + floor(600 * journey.sample_draw(o.hs, 33))::bigint, 'survey_answered/csat', NULL,
			 5 - floor(4 * journey.sample_draw(o.hs, 34) * journey.sample_draw(o.hs, 34)), NULL, journey.sample_draw(o.hs, 35) < 0.10),
			(o.shipped_s, 'order_shipped', NULL, NULL, o.order_id, true),
			(o.shipped_s + 3600 + floor(90000 * journey.sample_draw(o.hs, 36))::bigint, 'order_tracking_viewed', 'email', NULL, o.order_id,
			 journey.sample_draw(o.hs, 37) < 0.45),
			(o.delivered_day * 86400 + 25200 + floor(7000 * journey.sample_draw(o.hs, 38))::bigint, 'order_out_for_delivery', NULL, NULL, o.order_id, true),
			(o.delivered_s, 'order_delivered', NULL, NULL, o.order_id, true),
			(o.delivered_s + 3600 + floor(20000 * journey.sample_draw(o.hs, 39))::bigint, 'survey_answered/csat_delivery', 'email',
			 CASE WHEN o.late THEN 1 + floor(3 * journey.sample_draw(o.hs, 40)) ELSE 5 - floor(3 * journey.sample_draw(o.hs, 40) * journey.sample_draw(o.hs, 40)) END,
			 NULL, journey.sample_draw(o.hs, 41) < 0.12),
			(o.delivered_s + 86400 + floor(400000 * journey.sample_draw(o.hs, 42))::bigint, 'product_used', NULL, NULL, NULL, journey.sample_draw(o.hs, 43) < 0.30),
			(o.delivered_s + 260000 + floor(1400000 * journey.sample_draw(o.hs, 44))::bigint, 'review_submitted', NULL,
			 CASE WHEN o.late THEN 1 + floor(4 * journey.sample_draw(o.hs, 45)) ELSE 5 - floor(5 * journey.sample_draw(o.hs, 45) * journey.sample_draw(o.hs, 45) * journey.sample_draw(o.hs, 45)) END,
			 NULL, journey.sample_draw(o.hs, 46) < 0.13),
			(o.delivered_s + 860000 + floor(90000 * journey.sample_draw(o.hs, 47))::bigint, 'survey_answered/nps', 'email',
			 CASE WHEN o.late THEN floor(9 * journey.sample_draw(o.hs, 48)) ELSE 10 - floor(9 * journey.sample_draw(o.hs, 48) * journey.sample_draw(o.hs, 48)) END,
			 NULL, journey.sample_draw(o.hs, 49) < 0.10),
			(o.delivered_s + 172800 + floor(900000 * journey.sample_draw(o.hs, 50))::bigint, 'order_returned', NULL, o.amount, o.order_id,
			 journey.sample_draw(o.hs, 51) < CASE WHEN o.late THEN 0.15 ELSE 0.06 END),
			(o.shipped_s + 1300000 + floor(400000 * journey.sample_draw(o.hs, 52))::bigint, 'refund', NULL, o.amount, o.order_id,
			 o.delivered_day IS NULL),
			(o.shipped_s + CASE WHEN o.late THEN 600000 ELSE 100000 END + floor(300000 * journey.sample_draw(o.hs, 53))::bigint, 'support_ticket_opened',
			 CASE WHEN journey.sample_draw(o.hs, 54) < 0.5 THEN 'email' WHEN journey.sample_draw(o.hs, 54) < 0.8 THEN 'chat' ELSE 'phone' END, NULL, o.order_id,
			 journey.sample_draw(o.hs, 55) < CASE WHEN o.delivered_day IS NULL THEN 0.9 WHEN o.late THEN 0.45 ELSE 0.05 END),
			(o.shipped_s + CASE WHEN o.late THEN 600000 ELSE 100000 END + floor(300000 * journey.sample_draw(o.hs, 53))::bigint
			 + 7200 + floor(200000 * journey.sample_draw(o.hs, 56) * journey.sample_draw(o.hs, 56))::bigint, 'support_ticket_resolved',
			 CASE WHEN journey.sample_draw(o.hs, 54) < 0.5 THEN 'email' WHEN journey.sample_draw(o.hs, 54) < 0.8 THEN 'chat' ELSE 'phone' END, NULL, o.order_id,
			 journey.sample_draw(o.hs, 55) < 0.9 * CASE WHEN o.delivered_day IS NULL THEN 0.9 WHEN o.late THEN 0.45 ELSE 0.05 END),
			(o.shipped_s + CASE WHEN o.late THEN 600000 ELSE 100000 END + floor(300000 * journey.sample_draw(o.hs, 53))::bigint
			 + 230000, 'survey_answered/csat_support', 'email', 5 - floor(4 * journey.sample_draw(o.hs, 57) * journey.sample_draw(o.hs, 57)), NULL,
			 journey.sample_draw(o.hs, 55) < 0.35 * CASE WHEN o.delivered_day IS NULL THEN 0.9 WHEN o.late THEN 0.45 ELSE 0.05 END),
			(o.delivered_s + 200000 + floor(900000 * journey.sample_draw(o.hs, 58))::bigint, 'referral_link_shared', 'referral', NULL, NULL,
			 journey.sample_draw(o.hs, 59) < CASE o.class WHEN 5 THEN 0.08 WHEN 4 THEN 0.04 ELSE 0.015 END),
			(o.delivered_s + 1300000 + floor(900000 * journey.sample_draw(o.hs, 60))::bigint, 'referral_converted', 'referral', NULL, NULL,
			 journey.sample_draw(o.hs, 59) < 0.4 * CASE o.class WHEN 5 THEN 0.08 WHEN 4 THEN 0.04 ELSE 0.015 END),
			(o.delivered_s + 150000 + floor(900000 * journey.sample_draw(o.hs, 61))::bigint, 'ugc_posted', 'social', NULL, NULL,
			 journey.sample_draw(o.hs, 62) < 0.012),
			(o.delivered_s + 90000 + floor(900000 * journey.sample_draw(o.hs, 63))::bigint, 'social_follow', 'social', NULL, NULL,
			 journey.sample_draw(o.hs, 64) < 0.02),
			(o.delivered_s + 400000 + floor(900000 * journey.sample_draw(o.hs, 65))::bigint, 'join_group', 'social', NULL, NULL,
			 journey.sample_draw(o.hs, 66) < 0.006),
			(o.delivered_s + 900000 + floor(900000 * journey.sample_draw(o.hs, 67))::bigint, 'survey_answered/testimonial', 'email', NULL, NULL,
			 o.class >= 4 AND journey.sample_draw(o.hs, 68) < 0.01)
		 ) AS e(at_s, name, channel, value, order_id, keep)
	WHERE e.keep AND e.at_s IS NOT NULL

	UNION ALL	-- a reminder of the cart left behind
	SELECT v.id, v.at_s + 14400 + floor(40000 * journey.sample_draw(v.hs, 12))::bigint, 'cart_recovery_sent', 'email', NULL, NULL
	FROM visit AS v
	WHERE v.depth IN (3, 4) AND journey.sample_draw(v.hs, 13) < 0.35

	UNION ALL	-- advertisements seen before the first visit, and a survey of the brand
	SELECT t.id, (p.from_day + t.first_day) * 86400 - floor(n.n * 86400 * 3 * journey.sample_draw(t.h, 70 + n.n))::bigint,
		   'ad_impression', t.channel, NULL, NULL
	FROM timed AS t, period AS p, generate_series(1, 3) AS n(n)
	WHERE t.channel IN ('paid search', 'paid social', 'social', 'display', 'affiliate')
		AND journey.sample_draw(t.h, 80 + n.n) < 0.4
	UNION ALL
	SELECT t.id, (p.from_day + t.first_day) * 86400 - floor(86400 * 4 * journey.sample_draw(t.h, 90))::bigint,
		   'survey_answered/brand', 'display', 1 + floor(5 * journey.sample_draw(t.h, 91)), NULL
	FROM timed AS t, period AS p
	WHERE journey.sample_draw(t.h, 92) < 0.006

	UNION ALL	-- the newsletter of every Tuesday
	SELECT t.id, (p.from_day + d.day) * 86400 + 28800 + floor(50000 * n.u)::bigint + e.later, e.name, 'email', NULL, NULL
	FROM timed AS t
		CROSS JOIN period AS p
		JOIN LATERAL generate_series(t.first_day + 8, least(sample_shop.days - 1, t.first_day + 30 * t.class)) AS d(day)
			ON (p.from_day + d.day + 3) % 7 = 1
		CROSS JOIN LATERAL (SELECT journey.sample_draw(t.h, 1000 + d.day) AS u) AS n
		CROSS JOIN (VALUES ('Email Opened', 0.30, 0), ('Email Link Clicked', 0.05, 40)) AS e(name, chance, later)
	WHERE t.subscribes IS NOT NULL AND journey.sample_draw(t.h, 2000 + d.day) < e.chance
)
SELECT h.id, to_timestamp(h.at_s::double precision), h.name, h.channel, h.value, h.order_id
FROM happened AS h, period AS p
WHERE h.at_s >= p.from_s AND h.at_s < p.to_s
ORDER BY h.at_s, h.id, h.name;
END;

COMMENT ON FUNCTION journey.sample_shop(integer, integer, bigint, timestamptz) IS
$$The event log of an invented web shop, to try things with: one row a touchpoint, ordered by time.

customers: how many there are (numbered from 1); days: length of the period; seed: another number gives another shop; start_at: when the period begins (its first day in UTC sets the rhythm). The defaults give about 500,000 rows from 2026-01-01 to 2026-06-29 with GA4 event names and the back office's (order_shipped, order_delivered, review_submitted with the rating as value, survey_answered/nps and other surveys with the score as value, support tickets, referrals, newsletters). value is the amount of a purchase, return or refund with cents, points for loyalty events, a rating or a score; NULL elsewhere. order_id repeats where a purchase message was sent twice. quiz_finished is in no taxonomy on purpose.

The same arguments give the same rows on every server, under every setting; no random() is involved. No rows if customers or days is 0 or NULL. Takes a few seconds for the defaults.$$;
