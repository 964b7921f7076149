-- contacts, the views service_contacts and service_by_channel: who asked, who was answered, and what came of it.
SET search_path = public, journey;
SET TimeZone = 'Asia/Tokyo';
SET datestyle = 'ISO';
SET client_min_messages = warning;
SET work_mem = '64MB';
\set VERBOSITY terse
\set SHOW_CONTEXT never

--
-- by hand: times are hours since 2026-01-23, midnight in Berlin
--
CREATE FUNCTION cn_at(hour numeric) RETURNS timestamptz LANGUAGE sql IMMUTABLE RETURN '2026-01-22 23:00+00'::timestamptz + hour * interval '1 hour';
CREATE FUNCTION cn_hour(at timestamptz) RETURNS text LANGUAGE sql IMMUTABLE RETURN trim_scale(round(extract(epoch FROM at - '2026-01-22 23:00+00') / 3600, 3));
CREATE TABLE cn_models AS SELECT stage_model('actions') AS plain, stage_model('actions', settings => '{"delivery": "logged"}') AS logged, stage_model('actions', settings => '{"delivery": "none"}') AS none;
-- names that a helpdesk might send
CREATE FUNCTION cn_journey(list text) RETURNS journey LANGUAGE sql IMMUTABLE AS $$
	SELECT journey_agg(cn_at(p[5]::numeric), CASE p[1] WHEN 'open' THEN 'support_ticket_opened' WHEN 'call' THEN 'Contact' WHEN 'word' THEN 'Live Chat Message Sent' WHEN 'answer' THEN 'Live Chat Message Received' WHEN 'solve' THEN 'support_ticket_resolved'
		WHEN 'csat' THEN 'survey_answered/csat_support' WHEN 'ces' THEN 'survey_answered/ces_support' ELSE p[1] END, p[2], p[3]::float8, i)
	FROM (SELECT i, regexp_match(trim(e), '^([^@=]*?)(?:@([^=]*?))?(?:=(\S+))?( )(\S+)$') AS p FROM string_to_table(list, ',') WITH ORDINALITY AS t(e, i)) AS r
$$;
CREATE FUNCTION cn_show(c contact_row) RETURNS text LANGUAGE sql IMMUTABLE RETURN concat_ws(' ', c.contact_no || ':' || cn_hour(c.opened_at), 'a' || cn_hour(c.answered_at), 's' || cn_hour(c.resolved_at), 't' || c.touches,
	CASE WHEN c.answered THEN 'answered' WHEN NOT c.answered THEN 'unanswered' END, CASE WHEN c.in_time THEN 'in time' WHEN NOT c.in_time THEN 'late' END, CASE WHEN NOT c.judged THEN 'young' END,
	CASE WHEN c.reopened THEN 'reopened' WHEN NOT c.reopened THEN 'closed' END, CASE WHEN c.satisfied THEN 'happy' WHEN NOT c.satisfied THEN 'unhappy' END, CASE WHEN c.bought_again THEN 'bought' WHEN NOT c.bought_again THEN 'left' END);
CREATE TABLE cn_hand (no int, about text, list text, as_of numeric, want text);
INSERT INTO cn_hand VALUES
	(1, 'a ticket: answered, solved, rated, bought again', 'page_view 0, open@email 1, answer 3, solve 20, csat=5 44, purchase 100', 2000, '1:1 a3 s20 t3 answered in time closed happy bought'),
	(2, 'a day, to the end', 'open 1, answer 25', 2000, '1:1 a25 t2 answered in time left'),
	(3, 'and a moment more', 'open 1, answer 25.001', 2000, '1:1 a25.001 t2 answered late left'),
	(4, 'nobody answers', 'open 1', 2000, '1:1 t1 unanswered late left'),
	(5, 'not yet: the day is not over', 'open 1', 24.999, '1:1 t1 young'),
	(6, 'now it is', 'open 1', 25, '1:1 t1 unanswered late'),
	(7, 'answered at once, though its day is not over', 'open 1, answer 2', 3, '1:1 a2 t2 answered in time young'),
	(8, 'what comes later is not known', 'open 1, answer 2, solve 3', 2.5, '1:1 a2 t2 answered in time young'),
	(9, 'a solution is an answer', 'open 1, solve 2', 2000, '1:1 a2 s2 t2 answered in time closed left'),
	(10, 'asked twice within the day: the answer is to both', 'open 1, call 5, answer 6', 2000, '1:1 a6 t1 answered in time left; 2:5 a6 t2 answered in time left'),
	(11, 'exactly a day later is within it', 'open 1, call 25, answer 26', 2000, '1:1 a26 t1 answered late left; 2:25 a26 t2 answered in time left'),
	(12, 'had to ask again: the answer is to the second', 'open 1, call 25.001, answer 26', 2000, '1:1 t1 unanswered late left; 2:25.001 a26 t2 answered in time left'),
	(13, 'an answer before that is to the first, the solution to the second', 'open 1, answer 25.5, call 27, answer 28, solve 29', 2000, '1:1 a25.5 t2 answered late left; 2:27 a28 s29 t3 answered in time closed left'),
	(14, 'at the time of the second contact it is to that', 'open 1, answer 30, call 30', 2000, '1:1 t1 unanswered late left; 2:30 a30 t2 answered in time left'),
	(15, 'at the time of the contact, whatever the log has first', 'solve 1, open 1', 2000, '1:1 a1 s1 t2 answered in time closed left'),
	(16, 'a conversation is one contact', 'word 1, word 1.2, answer 1.4, word 1.8, word 2.4', 2000, '1:1 a1.4 t4 answered in time left; 2:2.4 t1 unanswered late left'),
	(17, 'exactly the pause goes on', 'word 1, word 1.5, word 2.001', 2000, '1:1 t2 unanswered late left; 2:2.001 t1 unanswered late left'),
	(18, 'a chat that says when it begins', 'word 1, open 1, word 1.1, solve 1.2', 2000, '1:1 a1.2 s1.2 t4 answered in time closed left'),
	(19, 'a word after a ticket is of it, a call is one more', 'open 1, word 1.2, call 1.3, call 1.3', 2000, '1:1 t2 unanswered late left; 2:1.3 t1 unanswered late left; 3:1.3 t1 unanswered late left'),
	(20, 'an answer to nothing', 'answer 1, solve 2, page_view 3', 2000, NULL),
	(21, 'nor does it begin a conversation that a word would', 'answer 1, word 1.2, word 3', 2000, '1:3 t1 unanswered late left'),
	(22, 'back within 7 days after the solution, to the end', 'open 1, solve 2, call 170', 2000, '1:1 a2 s2 t2 answered in time reopened left; 2:170 t1 unanswered late left'),
	(23, 'and later', 'open 1, solve 2, call 170.001', 2000, '1:1 a2 s2 t2 answered in time closed left; 2:170.001 t1 unanswered late left'),
	(24, 'not known before these are over', 'open 1, solve 2', 169.999, '1:1 a2 s2 t2 answered in time'),
	(25, 'known at the end', 'open 1, solve 2', 170, '1:1 a2 s2 t2 answered in time closed'),
	(26, 'a contact at the time of the solution is not after it', 'open 1, solve 2, call 2', 2000, '1:1 a2 s2 t1 answered in time closed left; 2:2 a2 s2 t2 answered in time closed left'),
	(27, 'rated 14 days after the solution, to the end', 'open 1, answer 3, solve 10, csat=2 346', 2000, '1:1 a3 s10 t3 answered in time closed unhappy left'),
	(28, 'and later', 'open 1, answer 3, solve 10, csat=2 346.001', 2000, '1:1 a3 s10 t3 answered in time closed left'),
	(29, 'after the answer, where nothing was solved; after the contact, where nothing was answered', 'open 1, answer 3, ces=7 339, open 1000, ces=1 1336', 3000, '1:1 a3 t2 answered in time happy left; 2:1000 t1 unanswered late unhappy left'),
	(30, 'rated before the solution', 'open 1, csat=4 2, solve 500', 3000, '1:1 a500 s500 t2 answered late closed happy left'),
	(31, 'the middle of the scale, off the scale, without value, another survey: the next that says something', 'open 1, ces=4 2, csat=6 3, csat=3.5 4, csat 5, survey_answered/csat=1 6, survey_answered/nps=0 6, csat=4 7, csat=1 8', 2000, '1:1 t1 unanswered late happy left'),
	(32, 'a survey is about the last contact', 'open 1, call 2, ces=1 3', 2000, '1:1 t1 unanswered late left; 2:2 t1 unanswered late unhappy left'),
	(33, 'bought 30 days later, to the end', 'open 1, purchase 721', 2000, '1:1 t1 unanswered late bought'),
	(34, 'and later', 'open 1, purchase 721.001', 2000, '1:1 t1 unanswered late left'),
	(35, 'a purchase before it is not after it', 'purchase 1, open 1', 721, '1:1 t1 unanswered late left'),
	(36, 'and at the same time after it in the log is', 'open 1, purchase 1', 721, '1:1 t1 unanswered late bought'),
	(37, 'taken back or not', 'open 1, purchase 2, Order Cancelled 3', 2000, '1:1 t1 unanswered late bought');
SELECT no, about, want IS NOT DISTINCT FROM got AS ok, CASE WHEN want IS DISTINCT FROM got THEN got END AS got
FROM cn_hand, LATERAL (SELECT string_agg(cn_show(c), '; ' ORDER BY c.contact_no) AS got FROM contacts(cn_journey(list), (SELECT plain FROM cn_models), cn_at(as_of)) AS c) AS g ORDER BY no;
-- the plain columns
SELECT contact_no, opened_at, n, event, channel, purchases_before, answered_at, resolved_at, first_response_seconds AS response, resolution_seconds AS resolution, waited_seconds AS waited, touches
FROM contacts(cn_journey('purchase 0, open@email 1, answer 2.5, solve 4, purchase 5, call@חנות 6'), (SELECT plain FROM cn_models), cn_at(10));
-- which events, by the names of taxonomies
SELECT e, c.event IS NOT NULL AS contact, c.answered_at IS NOT NULL AS answer FROM unnest('{support_ticket_opened,Live Chat Conversation Started,AskAction,Contact,contact,Live Chat Message Sent,CommunicateAction,support/opened,support/answered,ReplyAction,support_ticket_resolved,page_view}'::text[]) WITH ORDINALITY AS e(e, no)
	LEFT JOIN LATERAL contacts(format('[2026-01-01 10:00 "%s"]', e)::journey, (SELECT plain FROM cn_models)) AS c ON true ORDER BY no;
-- waiting for an order: bought, delivered, taken back; not known where deliveries are not logged
SELECT list, waiting, waiting_logged, waiting_none, c.purchases_before FROM unnest('{open 1,"purchase 0, open 1","purchase 0, open 1, order_delivered 2","purchase 0, order_delivered 1, open 1","purchase 0, order_delivered 1, purchase 2, open 3","purchase 0, Order Cancelled 1, open 2","purchase 0, purchase 1, order_delivered 2, open 3","open 1, purchase 1"}'::text[]) WITH ORDINALITY AS l(list, no),
	contacts(cn_journey(list), (SELECT plain FROM cn_models)) AS c, LATERAL (SELECT waiting FROM contacts(cn_journey(list), (SELECT logged FROM cn_models))) AS a(waiting_logged), LATERAL (SELECT waiting FROM contacts(cn_journey(list), (SELECT none FROM cn_models))) AS b(waiting_none) ORDER BY no;
-- another time to answer
SELECT within, string_agg(cn_show(c), '; ' ORDER BY c.contact_no) AS contacts FROM unnest('{0,1 hour,2 hours,2 days}'::interval[]) AS within, contacts(cn_journey('open 1, call 2.5, answer 3, call 3.2'), (SELECT plain FROM cn_models), cn_at(5), within) AS c GROUP BY 1 ORDER BY 1;
-- another model of actions: its session timeout is the pause
SELECT count(*) AS two FROM contacts('[2026-01-01 10:00 hallo, 2026-01-01 10:08 hallo, 2026-01-01 10:19 hallo]', 'stages support; option session_timeout = 10 min; hallo -> support;');

-- nothing
SELECT count(*) AS none FROM contacts(NULL, (SELECT plain FROM cn_models));
SELECT count(*) AS none FROM contacts('[]', (SELECT plain FROM cn_models));
SELECT count(*) AS none FROM contacts('[2026-01-01 10:00 Contact]', NULL);
SELECT count(*) AS none FROM contacts('[2026-01-01 10:00 Contact]', (SELECT plain FROM cn_models), '2026-01-01 09:00');
SELECT count(*) AS none FROM contacts('[2026-01-01 10:00 Contact]', 'stages awareness; Contact -> awareness;');
-- NULL options are the defaults; as_of is the last touchpoint
SELECT (SELECT array_agg(c) FROM contacts(cn_journey('open 1, answer 12, call 40, page_view 60'), (SELECT plain FROM cn_models), NULL, NULL) c) = (SELECT array_agg(c) FROM contacts(cn_journey('open 1, answer 12, call 40, page_view 60'), (SELECT plain FROM cn_models), cn_at(60), '24 hours') c) AS same;
-- nothing is too far apart
SELECT answered, in_time, bought_again, waited_seconds, first_response_seconds FROM contacts('[0001-01-01 00:00 Contact, 9999-12-31 23:59:59.999999 ReplyAction]', (SELECT plain FROM cn_models), '294276-12-31 23:00', '106751991 days');
-- refused
SELECT * FROM contacts('[]', (SELECT plain FROM cn_models), 'infinity');
SELECT * FROM contacts(NULL, NULL, '-infinity');
SELECT * FROM contacts('[]', (SELECT plain FROM cn_models), NULL, '-1 s');
\set VERBOSITY default
SELECT * FROM contacts('[]', NULL, NULL, '1 month');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM contacts('[]', NULL, 'infinity');
\echo :LAST_ERROR_SQLSTATE
\set VERBOSITY terse
-- options that are variables of PL/pgSQL change from call to call
DO $$
DECLARE
	said text := '';
	span interval;
	x text;
BEGIN
	FOREACH span IN ARRAY '{1 hour,3 hours,1 day}'::interval[] LOOP
		SELECT string_agg(in_time::text, ',') INTO x FROM contacts('[2026-01-01 10:00 Contact, 2026-01-01 12:00 ReplyAction, 2026-01-01 13:00 Contact, 2026-01-04 13:00 page_view]', (SELECT plain FROM cn_models), NULL, span);
		said := said || x || ' ';
	END LOOP;
	IF said <> 'false,false true,false true,false ' THEN RAISE EXCEPTION '%', said; END IF;
END $$;

--
-- random rows against plain SQL: gaps of exactly the spans, many touchpoints at one time
--
\set seed 0.2718
\echo seed :seed
SELECT setseed(:seed);
CREATE TABLE cn_events (event text, action text, weight int);
INSERT INTO cn_events VALUES ('support_ticket_opened', 'opened', 3), ('Contact', 'contact', 2), ('Live Chat Message Sent', 'support', 5), ('CommunicateAction', 'support', 1), ('Live Chat Message Received', 'answered', 3), ('ReplyAction', 'answered', 1), ('support_ticket_resolved', 'resolved', 3),
	('survey_answered/csat_support', 'csat', 3), ('survey_answered/ces_support', 'ces', 3), ('survey_answered/csat', 'other', 1), ('purchase', 'purchase', 3), ('order_delivered', 'delivered', 2), ('Order Cancelled', 'back', 1), ('refund', 'back', 1), ('page_view', 'other', 4), ('Email Opened', 'other', 1);
CREATE TABLE cn_drawn AS SELECT row_number() OVER () AS k, event FROM cn_events, generate_series(1, weight);
CREATE TABLE cn_rows AS
SELECT customer, i, '2026-01-01 00:00+00'::timestamptz + sum(gap) OVER (PARTITION BY customer ORDER BY i) AS at, event, value, channel
FROM (SELECT customer, i, event, CASE WHEN random() < 0.8 THEN floor(random() * 9)::float8 END AS value, CASE WHEN random() < 0.8 THEN (ARRAY['email', 'phone', 'chat'])[1 + floor(random() * 3)::int] END AS channel,
		CASE WHEN random() < 0.5 THEN floor(random() * 25) * interval '1 min' ELSE (ARRAY['0', '30 min', '30 min 1 s', '1 h', '5 h', '24:00', '24:00:01', '72:00', '168:00', '168:00:01', '336:00', '336:00:01', '720:00', '720:00:01'])[1 + floor(random() * 14)::int]::interval END AS gap
	FROM (SELECT customer, i, 1 + floor(random() * (SELECT count(*) FROM cn_drawn))::int AS k FROM generate_series(1, 150) customer, generate_series(1, 24) i OFFSET 0) r JOIN cn_drawn USING (k)
	-- a third of them without a delivery in the log
	WHERE customer % 3 > 0 OR event <> 'order_delivered') g;
CREATE TABLE cn_journeys AS SELECT customer, journey_agg(at, event, channel, value, i) AS j FROM cn_rows GROUP BY customer;
CREATE TABLE cn_asked AS SELECT q, as_of, answer_within, (ARRAY['auto', 'logged', 'none'])[1 + q % 3] AS known
FROM (SELECT row_number() OVER (ORDER BY as_of, answer_within) AS q, * FROM unnest('{2026-02-10 12:00+00,2026-03-15 12:00+00,2026-07-01 12:00+00}'::timestamptz[]) as_of, unnest('{0,1 hour,24:00,72:00}'::interval[]) answer_within) a;

CREATE TABLE cn_seen AS
WITH r AS (
	SELECT r.*, action, row_number() OVER w AS n, action IN ('opened', 'contact', 'support', 'answered', 'resolved') AS service,
		sum(CASE action WHEN 'purchase' THEN 1 WHEN 'back' THEN -1 ELSE 0 END) OVER w AS balance, count(*) FILTER (WHERE action = 'purchase') OVER w AS bought,
		bool_or(action = 'delivered') OVER (PARTITION BY customer) AS delivers,
		(array_agg(action) FILTER (WHERE action IN ('purchase', 'delivered', 'back')) OVER w) AS moves
	FROM cn_rows r JOIN cn_events USING (event) WINDOW w AS (PARTITION BY customer ORDER BY at, i)
)
SELECT *, balance - least(0, min(balance) OVER (PARTITION BY customer ORDER BY n)) AS kept, moves[cardinality(moves)] IS NOT DISTINCT FROM 'purchase' AND bought > 0 AS on_its_way FROM r;
CREATE INDEX ON cn_seen (customer, n);
CREATE TABLE cn_contacts AS
SELECT *, row_number() OVER (PARTITION BY customer ORDER BY n) AS no, lead(n) OVER (PARTITION BY customer ORDER BY n) AS next_n, lead(at) OVER (PARTITION BY customer ORDER BY n) AS next_at, lag(at) OVER (PARTITION BY customer ORDER BY n) AS last_at
FROM cn_seen s WHERE action IN ('opened', 'contact') OR (action = 'support' AND NOT EXISTS (SELECT FROM cn_seen o WHERE o.customer = s.customer AND o.service
	AND (o.at < s.at AND s.at - o.at <= '30 min' OR o.at = s.at AND (o.action <> 'support' OR o.n < s.n))));
CREATE INDEX ON cn_contacts (customer);
ANALYZE cn_seen, cn_contacts, cn_asked;
CREATE TABLE cn_want AS
SELECT a.q, c.customer, c.no::int AS contact_no, c.at AS opened_at, c.n::int AS n, c.event, c.channel,
	CASE WHEN a.known = 'logged' OR a.known = 'auto' AND c.delivers THEN c.on_its_way WHEN c.kept = 0 THEN false END AS waiting, c.bought::int AS purchases_before, x.answered_at, s.resolved_at,
	(SELECT count(*)::int FROM cn_seen t WHERE t.customer = c.customer AND t.service AND t.at <= a.as_of AND (t.n >= c.n OR t.at = c.at AND c.last_at IS DISTINCT FROM c.at) AND (c.next_n IS NULL OR c.next_at > a.as_of OR t.n < c.next_n AND (t.at < c.next_at OR c.next_at = c.at))) AS touches,
	extract(epoch FROM x.answered_at - c.at)::float8 AS first_response_seconds, extract(epoch FROM s.resolved_at - c.at)::float8 AS resolution_seconds, extract(epoch FROM coalesce(x.answered_at, a.as_of) - c.at)::float8 AS waited_seconds,
	a.as_of >= c.at + a.answer_within AS judged, CASE WHEN x.answered_at IS NOT NULL THEN true WHEN a.as_of >= c.at + a.answer_within THEN false END AS answered,
	CASE WHEN x.answered_at <= c.at + a.answer_within THEN true WHEN a.as_of >= c.at + a.answer_within THEN false END AS in_time,
	CASE WHEN EXISTS (SELECT FROM cn_contacts o WHERE o.customer = c.customer AND o.at > s.resolved_at AND o.at <= s.resolved_at + interval '168:00' AND o.at <= a.as_of) THEN true WHEN a.as_of >= s.resolved_at + interval '168:00' THEN false END AS reopened,
	(SELECT CASE o.action WHEN 'csat' THEN o.value >= 4 ELSE o.value >= 5 END FROM cn_seen o WHERE o.customer = c.customer AND o.n > c.n AND (c.next_n IS NULL OR o.n < c.next_n) AND o.at <= a.as_of AND o.at <= greatest(c.at, x.answered_at, s.resolved_at) + interval '336:00'
		AND (o.action = 'csat' AND o.value BETWEEN 1 AND 5 OR o.action = 'ces' AND o.value BETWEEN 1 AND 7 AND o.value <> 4) ORDER BY o.n LIMIT 1) AS satisfied,
	CASE WHEN EXISTS (SELECT FROM cn_seen o WHERE o.customer = c.customer AND o.action = 'purchase' AND o.n > c.n AND o.at <= c.at + interval '720:00' AND o.at <= a.as_of) THEN true WHEN a.as_of >= c.at + interval '720:00' THEN false END AS bought_again
FROM cn_asked a JOIN cn_contacts c ON c.at <= a.as_of
	-- when it had to be asked again
	CROSS JOIN LATERAL (SELECT min(o.at) AS again_at FROM cn_contacts o WHERE o.customer = c.customer AND o.at > c.at + a.answer_within AND o.at <= a.as_of) g
	CROSS JOIN LATERAL (SELECT min(o.at) AS answered_at FROM cn_seen o WHERE o.customer = c.customer AND o.action IN ('answered', 'resolved') AND o.at >= c.at AND o.at <= a.as_of AND (o.at < again_at) IS NOT FALSE) x
	CROSS JOIN LATERAL (SELECT min(o.at) AS resolved_at FROM cn_seen o WHERE o.customer = c.customer AND o.action = 'resolved' AND o.at >= c.at AND o.at <= a.as_of AND (o.at < again_at) IS NOT FALSE) s;
-- the oracle meets everything often
SELECT count(*) > 6000 AS contacts, count(*) FILTER (WHERE answered) > 2000 AS answered, count(*) FILTER (WHERE NOT answered) > 2000 AS unanswered, count(*) FILTER (WHERE answered IS NULL) > 20 AS undecided, count(*) FILTER (WHERE answered AND NOT in_time) > 200 AS late, count(*) FILTER (WHERE reopened) > 200 AS reopened, count(*) FILTER (WHERE NOT reopened) > 200 AS closed,
	count(*) FILTER (WHERE resolved_at IS NOT NULL AND reopened IS NULL) > 20 AS reopening_open, count(*) FILTER (WHERE satisfied) > 200 AS satisfied, count(*) FILTER (WHERE NOT satisfied) > 200 AS dissatisfied, count(*) FILTER (WHERE bought_again) > 200 AS bought, count(*) FILTER (WHERE NOT bought_again) > 200 AS left, count(*) FILTER (WHERE bought_again IS NULL) > 200 AS buying_open,
	count(*) FILTER (WHERE waiting) > 200 AS waiting, count(*) FILTER (WHERE waiting IS NULL) > 200 AS waiting_unknown, count(*) FILTER (WHERE touches > 3) > 200 AS long_ones FROM cn_want;
SELECT count(*) > 6000 AS contacts, count(*) FILTER (WHERE g.q IS NULL) AS missing, count(*) FILTER (WHERE w.q IS NULL) AS too_many,
	count(*) FILTER (WHERE (g.opened_at, g.n, g.event, g.channel, g.waiting, g.purchases_before) IS DISTINCT FROM (w.opened_at, w.n, w.event, w.channel, w.waiting, w.purchases_before)) AS differ,
	count(*) FILTER (WHERE (g.answered_at, g.resolved_at, g.touches, g.first_response_seconds, g.resolution_seconds, g.waited_seconds) IS DISTINCT FROM (w.answered_at, w.resolved_at, w.touches, w.first_response_seconds, w.resolution_seconds, w.waited_seconds)) AS answers_differ,
	count(*) FILTER (WHERE (g.judged, g.answered, g.in_time, g.reopened, g.satisfied, g.bought_again) IS DISTINCT FROM (w.judged, w.answered, w.in_time, w.reopened, w.satisfied, w.bought_again)) AS outcomes_differ
FROM (SELECT q, customer, c.* FROM cn_asked, cn_models, cn_journeys, contacts(j, CASE known WHEN 'auto' THEN plain WHEN 'logged' THEN logged ELSE none END, as_of, answer_within) c) g FULL JOIN cn_want w USING (q, customer, contact_no);
-- orders counts contacts by the same rule: one purchase before all else, and all that follows is about it
SELECT count(*) = 150 AS customers, count(*) FILTER (WHERE o.all_contacts IS DISTINCT FROM c.contacts) AS differ FROM (
	SELECT customer, journey_agg(at, event, channel, value, i) || '[2025-12-31 00:00 purchase]'::journey AS j FROM cn_rows WHERE event <> 'purchase' GROUP BY customer) k, cn_models,
	LATERAL (SELECT max(o.all_contacts) AS all_contacts FROM orders(j, plain, '2026-12-31') o WHERE o.purchased_at IS NOT NULL) o, LATERAL (SELECT count(*) AS contacts FROM contacts(j, plain)) c;

--
-- a source, its views against the function
--
CREATE SCHEMA cn_data;
CREATE TABLE cn_data.events AS SELECT customer, at, event, channel, CASE WHEN event ~ 'survey' THEN value END AS value, i FROM cn_rows;
SELECT touchpoints FROM create_source('cn_shop', 'cn_data.events', 'customer', 'at', 'event', 'channel', 'value', tiebreak => 'i', timezone => 'America/New_York');
CREATE TABLE cn_all AS SELECT s.customer, to_char(c.opened_at AT TIME ZONE 'America/New_York', 'YYYY-MM-01')::date AS month, o.last_at AS seen, c.* FROM cn_shop.store s, cn_shop.source o, contacts(s.journey, o.actions, o.last_at) c;
SELECT count(*) > 500 AS contacts, count(*) FILTER (WHERE (v.opened_at, v.opened_date, v.n, v.event, v.channel, v.waiting, v.purchases_before, v.answered_at, v.answered_date, v.resolved_at, v.resolved_date, v.touches, v.first_response_seconds, v.resolution_seconds, v.waited_seconds, v.judged, v.answered, v.in_time, v.reopened, v.satisfied, v.bought_again)
	IS DISTINCT FROM (c.opened_at, (c.opened_at AT TIME ZONE 'America/New_York')::date, c.n, c.event, c.channel, c.waiting, c.purchases_before, c.answered_at, (c.answered_at AT TIME ZONE 'America/New_York')::date, c.resolved_at, (c.resolved_at AT TIME ZONE 'America/New_York')::date, c.touches, c.first_response_seconds, c.resolution_seconds, c.waited_seconds, c.judged, c.answered, c.in_time, c.reopened, c.satisfied, c.bought_again)) AS differ
FROM cn_shop.service_contacts v FULL JOIN cn_all c USING (customer, contact_no);
WITH both_ways AS (
	SELECT false AS all_channels, a.* FROM cn_all a UNION ALL SELECT true, a.* FROM cn_all a
), want AS (
	SELECT month, all_channels, CASE WHEN NOT all_channels THEN channel END AS channel, count(*) AS contacts, count(DISTINCT customer) AS customers, count(*) FILTER (WHERE waiting) AS waiting, sum((purchases_before = 0)::int) AS not_bought,
		count(answered_at) AS answered, sum((answered IS FALSE)::int) AS unanswered, sum((answered IS NULL)::int) AS undecided, sum((opened_at + interval '24:00' <= seen)::int) AS judged,
		count(answered_at) FILTER (WHERE opened_at + interval '24:00' <= seen) AS judged_answered, count(*) FILTER (WHERE answered_at <= opened_at + interval '24:00' AND opened_at + interval '24:00' <= seen) AS judged_in_time,
		percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM answered_at - opened_at)::float8) AS m, percentile_cont(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM answered_at - opened_at)::float8) AS p,
		count(resolved_at) AS resolved, percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM resolved_at - opened_at)::float8) AS rm, percentile_cont(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM resolved_at - opened_at)::float8) AS rp,
		count(*) FILTER (WHERE resolved_at + interval '168:00' <= seen) AS reopening_judged, count(*) FILTER (WHERE resolved_at + interval '168:00' <= seen AND reopened) AS reopened, sum((satisfied IS TRUE)::int) AS satisfied, sum((satisfied IS FALSE)::int) AS dissatisfied,
		count(*) FILTER (WHERE opened_at + interval '720:00' <= seen) AS buying_judged, count(*) FILTER (WHERE opened_at + interval '720:00' <= seen AND bought_again) AS bought_again,
		-- the product over the waits up to a time of the shares still waiting: the first time at which it is at most one half; where it is just that, rounding decides
		(SELECT ARRAY[min(k.t) FILTER (WHERE k.log_left <= ln(0.5)), max((abs(k.log_left - ln(0.5)) < 1e-9)::int)] FROM (SELECT d.t, sum(CASE WHEN d.events < d.at_risk THEN ln(1 - d.events / d.at_risk) ELSE -1e9 END) OVER (ORDER BY d.t) AS log_left FROM (
			SELECT t, count(*) FILTER (WHERE w.event)::float8 AS events, (sum(count(*)) OVER (ORDER BY t DESC))::float8 AS at_risk
			FROM unnest(array_agg(waited_seconds), array_agg(answered_at IS NOT NULL)) AS w(t, event) GROUP BY t) d) k) AS km
	FROM both_ways b GROUP BY month, all_channels, CASE WHEN NOT all_channels THEN channel END
)
SELECT count(*) > 15 AS rows, count(*) FILTER (WHERE (v.contacts, v.customers, v.waiting, v.not_bought, v.answered, v.unanswered, v.undecided, v.judged, v.judged_answered, v.judged_in_time) IS DISTINCT FROM (w.contacts, w.customers, w.waiting, w.not_bought, w.answered, w.unanswered, w.undecided, w.judged, w.judged_answered, w.judged_in_time)) AS differ,
	count(*) FILTER (WHERE (v.first_response_median_seconds, v.first_response_p90_seconds, v.resolved, v.resolution_median_seconds, v.resolution_p90_seconds) IS DISTINCT FROM (w.m, w.p, w.resolved, w.rm, w.rp)) AS times_differ,
	count(*) FILTER (WHERE w.km[2] = 0 AND v.first_response_estimated_median_seconds IS DISTINCT FROM w.km[1]) AS estimates_differ, count(w.km[1]) FILTER (WHERE w.km[2] = 0) > 5 AS estimates,
	count(*) FILTER (WHERE (v.reopening_judged, v.reopened, v.rated, v.satisfied, v.dissatisfied, v.buying_judged, v.bought_again) IS DISTINCT FROM (w.reopening_judged, w.reopened, w.satisfied + w.dissatisfied, w.satisfied, w.dissatisfied, w.buying_judged, w.bought_again)) AS outcomes_differ,
	count(*) FILTER (WHERE (v.purchases, v.contacts_per_100_purchases) IS DISTINCT FROM (SELECT ROW(nullif(count(*), 0), 100 * w.contacts::float8 / nullif(count(*), 0)) FROM cn_rows r WHERE r.event = 'purchase' AND to_char(r.at AT TIME ZONE 'America/New_York', 'YYYY-MM-01')::date = w.month)) AS purchases_differ,
	bool_and(v.contacts = v.answered + v.unanswered + v.undecided AND v.response_rate IS NOT DISTINCT FROM v.judged_answered::float8 / nullif(v.judged, 0) AND v.in_time_rate IS NOT DISTINCT FROM v.judged_in_time::float8 / nullif(v.judged, 0) AND v.reopened_rate IS NOT DISTINCT FROM v.reopened::float8 / nullif(v.reopening_judged, 0)
		AND v.satisfied_rate IS NOT DISTINCT FROM v.satisfied::float8 / nullif(v.rated, 0) AND v.bought_again_rate IS NOT DISTINCT FROM v.bought_again::float8 / nullif(v.buying_judged, 0)
		AND (v.response_rate_lower, v.response_rate_upper) IS NOT DISTINCT FROM (SELECT (i.lower, i.upper) FROM wilson_interval(v.judged_answered, v.judged) i) AND (v.in_time_rate_lower, v.in_time_rate_upper) IS NOT DISTINCT FROM (SELECT (i.lower, i.upper) FROM wilson_interval(v.judged_in_time, v.judged) i)
		AND (v.satisfied_rate_lower, v.satisfied_rate_upper) IS NOT DISTINCT FROM (SELECT (i.lower, i.upper) FROM wilson_interval(v.satisfied, v.rated) i)) AS rates
FROM cn_shop.service_by_channel v FULL JOIN want w ON w.month = v.month AND w.all_channels = v.all_channels AND w.channel IS NOT DISTINCT FROM v.channel;
SELECT count(*) FILTER (WHERE all_channels) > 3 AS months, sum(contacts) FILTER (WHERE all_channels) = (SELECT count(*) FROM cn_all) AS all_of_them, sum(contacts) FILTER (WHERE NOT all_channels) = (SELECT count(*) FROM cn_all) AS by_channel, bool_or(channel IS NULL AND NOT all_channels) AS without_channel FROM cn_shop.service_by_channel;
-- plain types, everything commented
SELECT c.relname, string_agg(DISTINCT format_type(a.atttypid, a.atttypmod), ', ' ORDER BY format_type(a.atttypid, a.atttypmod)) AS types, count(*) AS columns, count(*) FILTER (WHERE col_description(c.oid, a.attnum) IS NULL) + (obj_description(c.oid) IS NULL AND c.relkind = 'v')::int AS uncommented
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 WHERE c.oid = ANY ('{cn_shop.service_contacts,cn_shop.service_by_channel,journey.contact_row}'::regclass[]) GROUP BY c.oid, c.relname ORDER BY 1;
-- the views in parallel
CREATE TABLE cn_serial AS SELECT md5(string_agg(v::text, ' ' ORDER BY v::text)) AS m FROM cn_shop.service_by_channel v;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT md5(string_agg(v::text, ' ' ORDER BY v::text)) = (SELECT m FROM cn_serial) AS same FROM cn_shop.service_by_channel v;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
-- no purchases, no answers: blank; no contacts: no rows
DELETE FROM cn_data.events WHERE event IN ('purchase', 'Live Chat Message Received', 'ReplyAction', 'support_ticket_resolved') OR event ~ 'survey';
SELECT touchpoints > 0 AS some FROM rebuild('cn_shop');
SELECT count(*) > 10 AS rows, count(purchases) AS purchases, count(contacts_per_100_purchases) AS per_100, count(first_response_median_seconds) AS medians, count(first_response_estimated_median_seconds) AS estimates, max(response_rate) AS rate, count(satisfied_rate) AS satisfied, count(reopened_rate) AS reopened, max(bought_again_rate) AS bought FROM cn_shop.service_by_channel;
DELETE FROM cn_data.events WHERE event NOT IN ('page_view', 'order_delivered');
SELECT touchpoints > 0 AS some FROM rebuild('cn_shop');
SELECT (SELECT count(*) FROM cn_shop.service_contacts) AS contacts, (SELECT count(*) FROM cn_shop.service_by_channel) AS months;
SELECT drop_source('cn_shop', true);
DROP SCHEMA cn_data CASCADE;
DROP FUNCTION cn_show(contact_row);
DROP FUNCTION cn_journey(text);
DROP FUNCTION cn_hour(timestamptz);
DROP FUNCTION cn_at(numeric);
DROP TABLE cn_hand, cn_models, cn_events, cn_drawn, cn_rows, cn_journeys, cn_asked, cn_seen, cn_contacts, cn_want, cn_all, cn_serial;
