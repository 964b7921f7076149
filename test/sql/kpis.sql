SET search_path = public, journey;
SET timezone = 'UTC';
SET client_min_messages = warning;
\set SHOW_CONTEXT never

--
-- A shop small enough to count by hand.  It is seen until 2026-12-31, so that all
-- that takes time is decided, but for customer 6.
--
-- 1: comes by a friend, reads, sees a product (visit 1, 3 touchpoints), buys in visit 2 (30) after an
--    advertisement, gets it in 3 days, says 10 and 5 stars, buys again after 40 days (10) and sends it back
-- 2: lands on a product and is gone (a bounce); nothing else
-- 3: lands on a product, puts it into the cart and leaves it; comes back after 5 days by the reminder and buys (20); it is
--    delivered after 10 days, which is late; asks for it once, is answered after an hour; says 3 of 10
-- 4: search only, two pages, 5 seconds: not engaged by time, but by pages
-- 5: invites two friends, one of whom comes
-- 6: buys on the last day (15)
--
CREATE TABLE kpi_events (id int, at timestamptz, ev text, ch text, v float8);
INSERT INTO kpi_events VALUES
	(1, '2026-01-01 10:00', 'page_view/content', 'referral', NULL),
	(1, '2026-01-01 10:01', 'page_view', 'referral', NULL),
	(1, '2026-01-01 10:02', 'view_item', 'referral', NULL),
	(1, '2026-01-02 10:00', 'ad_click', 'paid search', NULL),
	(1, '2026-01-02 10:01', 'view_item', 'paid search', NULL),
	(1, '2026-01-02 10:02', 'add_to_cart', 'paid search', NULL),
	(1, '2026-01-02 10:03', 'begin_checkout', 'paid search', NULL),
	(1, '2026-01-02 10:04', 'purchase', 'paid search', 30),
	(1, '2026-01-05 10:04', 'order_delivered', NULL, NULL),
	(1, '2026-01-10 10:00', 'survey_answered/nps', NULL, 10),
	(1, '2026-01-11 10:00', 'review_submitted', NULL, 5),
	(1, '2026-02-11 10:04', 'purchase', 'email', 10),
	(1, '2026-02-12 10:04', 'order_delivered', NULL, NULL),
	(1, '2026-02-20 10:04', 'order_returned', NULL, 10),
	(2, '2026-03-01 10:00', 'view_item', 'organic search', NULL),
	(3, '2026-03-02 10:00', 'page_view/product', 'organic search', NULL),
	(3, '2026-03-02 10:01', 'add_to_cart', 'organic search', NULL),
	(3, '2026-03-03 12:00', 'cart_recovery_sent', 'email', NULL),
	(3, '2026-03-07 10:00', 'view_cart', 'email', NULL),
	(3, '2026-03-07 10:01', 'begin_checkout', 'email', NULL),
	(3, '2026-03-07 10:02', 'purchase', 'email', 20),
	(3, '2026-03-15 10:00', 'support_ticket_opened', 'phone', NULL),
	(3, '2026-03-15 11:00', 'Live Chat Message Received', 'phone', NULL),
	(3, '2026-03-17 10:02', 'order_delivered', NULL, NULL),
	(3, '2026-03-20 10:00', 'survey_answered/nps', NULL, 3),
	(4, '2026-03-21 10:00:00', 'page_view', 'organic search', NULL),
	(4, '2026-03-21 10:00:05', 'page_view', 'organic search', NULL),
	(5, '2026-03-22 10:00', 'referral_link_created', NULL, NULL),
	(5, '2026-03-22 10:05', 'referral_link_shared', NULL, NULL),
	(5, '2026-04-22 10:05', 'referral_converted', NULL, NULL),
	(6, '2026-12-31 10:00', 'purchase', NULL, 15);
SELECT * FROM create_source('kpi', 'kpi_events', 'id', 'at', 'ev', 'ch', 'v');
SELECT topic, kpi, round(value::numeric, 6) AS value, unit, numerator, denominator, round(lower::numeric, 4) AS lower, round(upper::numeric, 4) AS upper FROM kpi.kpis;
-- formulas and views: all views named are there
SELECT kpi, details FROM kpi.kpis WHERE to_regclass('kpi.' || quote_ident(details)) IS NULL OR formula IS NULL OR coalesce(unit, '') = '';
SELECT count(*) = count(DISTINCT kpi) AS different FROM kpi.kpis;
SELECT drop_source('kpi');
-- without values, and without anything
SELECT * FROM create_source('kpi', 'kpi_events', 'id', 'at', 'ev', 'ch');
SELECT kpi, value FROM kpi.kpis WHERE unit = 'value' OR kpi IN ('nps', 'customers');
SELECT drop_source('kpi');
-- where arrivals are not in the log nobody knows how long an order was on its way
CREATE VIEW kpi_unlogged AS SELECT * FROM kpi_events WHERE ev <> 'order_delivered';
SELECT * FROM create_source('kpi', 'kpi_unlogged', 'id', 'at', 'ev', 'ch', 'v');
SELECT kpi, value, numerator, denominator FROM kpi.kpis WHERE topic = 'delivery';
SELECT drop_source('kpi');
DROP VIEW kpi_unlogged;
-- by a model that has mails in sessions the first session may be a mail: the first visit is the one that began with the product
CREATE TABLE kpi_mails AS SELECT * FROM (VALUES ('a', '2026-01-01 10:00'::timestamptz, 'Email Delivered'), ('a', '2026-01-02 10:00', 'view_item'), ('a', '2026-01-02 10:05', 'view_item'), ('b', '2026-01-03 10:00', 'Email Delivered'), ('b', '2026-01-04 10:00', 'view_item')) AS v(id, at, ev);
INSERT INTO stage_models (model, literal) VALUES ('kpi mails', 'stages all; * -> all;');
SELECT * FROM create_source('kpi', 'kpi_mails', 'id', 'at', 'ev', model => 'kpi mails');
SELECT kpi, value, numerator, denominator FROM kpi.kpis WHERE kpi IN ('sessions', 'product_landing_rate', 'bounce_rate_product_landing');
SELECT drop_source('kpi');
DELETE FROM stage_models WHERE model = 'kpi mails';
DROP TABLE kpi_mails;
TRUNCATE kpi_events;
-- weeks that are full: the last one that is over is that of March 16, for c (4 and 18) after a pause, for d and g for the first time; b and e stay away, a comes each week.
-- 30 days up to March 24, from 3 on: a is there on 3 of 22 days since the first, b 1 of 14, c 2 of 21, d 1 of 6, e 1 of 13, g 3 of 5: 11 of 81.
-- d buys twice and recommends, g buys twice and gets the first order after three messages, asks and is answered twice, the second time for good; two of d, promised for 21, and the second
-- of g are on their way
CREATE TABLE kpi_weeks AS SELECT * FROM (VALUES
	('a', '2026-03-03 10:00'::timestamptz, 'page_view', NULL::text, NULL::float8), ('a', '2026-03-10 10:00', 'page_view', NULL, NULL), ('a', '2026-03-17 10:00', 'page_view', NULL, NULL),
	('b', '2026-03-11 10:00', 'page_view', NULL, NULL), ('e', '2026-03-12 10:00', 'page_view', NULL, NULL),
	('c', '2026-03-04 10:00', 'page_view', NULL, NULL), ('c', '2026-03-18 10:00', 'page_view', NULL, NULL),
	('d', '2026-03-19 10:00', 'review_viewed', 'email', NULL), ('d', '2026-03-19 10:01', 'comparison_viewed', NULL, NULL), ('d', '2026-03-19 10:02', 'purchase', NULL, 10), ('d', '2026-03-19 10:03', 'Order Updated/promised', NULL, 2),
	('d', '2026-03-19 10:04', 'purchase', NULL, 10), ('d', '2026-03-19 10:05', 'Order Updated/promised', NULL, 2), ('d', '2026-03-19 10:06', 'Product Shared', NULL, NULL),
	('g', '2026-03-20 10:00', 'purchase', NULL, 10), ('g', '2026-03-20 11:00', 'Email Delivered', NULL, NULL), ('g', '2026-03-20 12:00', 'Email Delivered', NULL, NULL), ('g', '2026-03-20 13:00', 'Email Delivered', NULL, NULL),
	('g', '2026-03-20 13:10', 'support_ticket_opened', NULL, NULL), ('g', '2026-03-20 13:40', 'Live Chat Message Received', NULL, NULL), ('g', '2026-03-20 14:10', 'support_ticket_resolved', NULL, NULL),
	('g', '2026-03-22 10:00', 'order_delivered', NULL, NULL), ('g', '2026-03-23 10:00', 'purchase', NULL, 10),
	('f', '2026-03-25 10:00', 'page_view', NULL, NULL)) AS v(id, at, ev, ch, v);
SELECT * FROM create_source('kpi', 'kpi_weeks', 'id', 'at', 'ev', 'ch', 'v');
SELECT kpi, round(value::numeric, 6) AS value, numerator, denominator FROM kpi.kpis WHERE topic = 'delivery' OR kpi IN ('stickiness', 'quick_ratio', 'weekly_churn_rate', 'loyal_rate', 'evangelist_rate', 'lapsed_rate', 'comparisons_before_purchase', 'reviews_before_purchase', 'recommendation_rate');
SELECT drop_source('kpi');
DROP TABLE kpi_weeks;
-- the ends of spans: purchases p1 (the mail is exactly 30 days old), p2 (a second more), p3 (mails alone), p4 (no channel, then a mail), p5 (mail, search, mail), p6 (no channel), q.
-- To the first one p3, p6 and q take less than a day, p4 a day, p5 4, p1 and p2 30; x, y and z were seen for 180, 180 and 0 days: 7/10, x 5/6 after a day, x 4/5 after 4 days is less than half.
-- To the second one p1 and p6 take 3 days, p3 5, p4 6, q was seen for 7: 5/7, 4/7, 3/7.
-- x was last seen exactly 180 days ago, y a second more, p1 to p6 long before. Delivered are those of p1 in 7 days, p2 in 7 days and a second, p3 in 3 where 2 were promised, p4 in 9 of 10;
-- the second ones of p1, p3, p4 and both of p6 and that of p5 are overdue, that of q has its last moment.
CREATE TABLE kpi_ends AS SELECT * FROM (VALUES
	('p1', '2026-01-01 10:00:00'::timestamptz, 'page_view', 'email', NULL::float8), ('p1', '2026-01-31 10:00:00', 'purchase', 'organic search', NULL), ('p1', '2026-02-03 10:00:00', 'purchase', NULL, NULL), ('p1', '2026-02-07 10:00:00', 'order_delivered', NULL, NULL),
	('p2', '2026-01-01 10:00:00', 'page_view', 'email', NULL), ('p2', '2026-01-31 10:00:01', 'purchase', 'organic search', NULL), ('p2', '2026-02-07 10:00:02', 'order_delivered', NULL, NULL),
	('p3', '2026-02-01 10:00:00', 'page_view', 'email', NULL), ('p3', '2026-02-02 09:59:59', 'purchase', 'email', NULL), ('p3', '2026-02-02 10:00:00', 'Order Updated/promised', NULL, 2), ('p3', '2026-02-05 09:59:59', 'order_delivered', NULL, NULL), ('p3', '2026-02-07 09:59:59', 'purchase', NULL, NULL),
	('p4', '2026-02-01 10:00:00', 'page_view', NULL, NULL), ('p4', '2026-02-02 10:00:00', 'purchase', 'email', NULL), ('p4', '2026-02-02 10:00:01', 'Order Updated/promised', NULL, 10), ('p4', '2026-02-08 10:00:00', 'purchase', NULL, NULL), ('p4', '2026-02-11 10:00:00', 'order_delivered', NULL, NULL),
	('p5', '2026-02-01 10:00:00', 'page_view', 'email', NULL), ('p5', '2026-02-03 10:00:00', 'page_view', 'organic search', NULL), ('p5', '2026-02-05 10:00:00', 'purchase', 'email', NULL),
	('p6', '2026-02-01 10:00:00', 'purchase', NULL, NULL), ('p6', '2026-02-04 10:00:00', 'purchase', NULL, NULL),
	('q', '2026-12-24 12:00:00', 'purchase', NULL, NULL),
	('x', '2026-07-04 12:00:00', 'page_view', NULL, NULL), ('y', '2026-07-04 11:59:59', 'page_view', NULL, NULL), ('z', '2026-12-31 12:00:00', 'page_view', NULL, NULL)) AS v(id, at, ev, ch, v);
SELECT * FROM create_source('kpi', 'kpi_ends', 'id', 'at', 'ev', 'ch', 'v');
SELECT kpi, value, numerator, denominator FROM kpi.kpis WHERE topic = 'delivery' OR kpi IN ('influenced_purchase_rate', 'days_to_first_purchase_median', 'days_to_second_purchase_median', 'lapsed_rate');
SELECT drop_source('kpi');
DROP TABLE kpi_ends;
SELECT * FROM create_source('kpi', 'kpi_events', 'id', 'at', 'ev', 'ch', 'v');
SELECT kpi, value, denominator FROM kpi.kpis WHERE value IS NOT NULL;
SELECT drop_source('kpi');
DROP TABLE kpi_events;
