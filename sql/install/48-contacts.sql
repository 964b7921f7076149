\echo Use "CREATE EXTENSION journey" to load this file. \quit

--
-- contacts: those of one customer with the service
--

CREATE TYPE journey.contact_row AS (
	contact_no integer,
	opened_at timestamptz,
	n integer,
	event text,
	channel text,
	waiting boolean,
	purchases_before integer,
	answered_at timestamptz,
	resolved_at timestamptz,
	touches integer,
	first_response_seconds double precision,
	resolution_seconds double precision,
	waited_seconds double precision,
	judged boolean,
	answered boolean,
	in_time boolean,
	reopened boolean,
	satisfied boolean,
	bought_again boolean
);
COMMENT ON TYPE journey.contact_row IS
$$A contact of a customer with the service, as contacts answers it.$$;
COMMENT ON COLUMN journey.contact_row.contact_no IS 'Number of the contact of this customer, from 1.';
COMMENT ON COLUMN journey.contact_row.opened_at IS 'Time of the contact.';
COMMENT ON COLUMN journey.contact_row.n IS 'Number of its touchpoint in the journey, from 1.';
COMMENT ON COLUMN journey.contact_row.event IS 'Event of the contact, with its detail.';
COMMENT ON COLUMN journey.contact_row.channel IS 'Channel of the contact; NULL for none.';
COMMENT ON COLUMN journey.contact_row.waiting IS 'Was the customer waiting for an order then: was the latest purchase neither delivered nor taken back? NULL for a customer who had bought where deliveries are not in the log.';
COMMENT ON COLUMN journey.contact_row.purchases_before IS 'Purchases before it, those taken back later included: 0 for a customer who had not bought yet.';
COMMENT ON COLUMN journey.contact_row.answered_at IS 'Time of the first answer or solution (support/answered, support/resolved) at or after it; NULL if there is none, or none before the customer asked again after the time to answer.';
COMMENT ON COLUMN journey.contact_row.resolved_at IS 'Time of the first solution (support/resolved), in the same way.';
COMMENT ON COLUMN journey.contact_row.touches IS 'Touchpoints with the service (contact, support and its details) from the contact to the next one, itself included.';
COMMENT ON COLUMN journey.contact_row.first_response_seconds IS 'Seconds from opened_at to answered_at.';
COMMENT ON COLUMN journey.contact_row.resolution_seconds IS 'Seconds from opened_at to resolved_at.';
COMMENT ON COLUMN journey.contact_row.waited_seconds IS 'Seconds for which the customer waited: to the answer, or without one to as_of.';
COMMENT ON COLUMN journey.contact_row.judged IS 'Was the time to answer (answer_within) over at as_of? Rates count only these: of younger ones only those that were answered are decided.';
COMMENT ON COLUMN journey.contact_row.answered IS 'Was it answered? NULL while it was not and the time to answer is not over.';
COMMENT ON COLUMN journey.contact_row.in_time IS 'Was it answered within the time to answer? NULL while it was not and that is not over.';
COMMENT ON COLUMN journey.contact_row.reopened IS 'Did the customer contact the service again within 7 days after the solution? NULL without a solution, and while there was none and the 7 days are not over.';
COMMENT ON COLUMN journey.contact_row.satisfied IS 'The first answer to a survey about the service (csat_support, ces_support) that says yes or no, before the next contact and at most 14 days after the contact, its answer or its solution, whichever was last. NULL for none.';
COMMENT ON COLUMN journey.contact_row.bought_again IS 'Was there a purchase after it within 30 days? NULL while there was none and these are not over.';

CREATE FUNCTION journey.contacts(
	j journey.journey,
	actions journey.stage_model,
	as_of timestamptz DEFAULT NULL,
	answer_within interval DEFAULT '1 day'
) RETURNS SETOF journey.contact_row
	AS 'MODULE_PATHNAME', 'contacts' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 200 ROWS 1;
COMMENT ON FUNCTION journey.contacts(journey.journey, journey.stage_model, timestamptz, interval) IS
$$The contacts of a customer with the service and what became of them, a row each in order. actions is stage_model('actions'), which knows what the events of the shop's tools are.

    SELECT c.channel, count(*), count(*) FILTER (WHERE c.answered) AS answered FROM shop.journeys, contacts(journey, (SELECT stage_model('actions')), '2026-06-30') AS c WHERE c.judged GROUP BY 1;

A contact is a ticket that is opened (support/opened) or a contact, each of them, and a word with the service (support) that begins a conversation: with no touchpoint with the service in the session timeout of the model before it, nor one of another kind at the same time. The function orders counts contacts so, too.

Logs seldom say what an answer is about, so the first answer after a contact is to it, and may be to several. But who asks again later than answer_within after the contact, and before an answer, was not answered: what comes from then on is for the later contact. A solution is found in the same way, and counts as an answer. What comes at the time of a contact is to it.

Is the satisfaction asked for, an answer off its scale says nothing, and neither does the middle of the scale of ces. Purchases are those of the model, also ones taken back later.

as_of is the end of the data, the same for all customers; touchpoints after it are not looked at. The default is the customer's own last touchpoint. A span of time is over when as_of is at or past its end, and its end belongs to it.

No rows for NULL, and for journeys without a contact. An option that is NULL is the default. An infinite as_of and an interval that is negative or has months or years are errors. A few passes over the journey, however many contacts there are; where there is none only its events are looked up.$$;

--
-- the views of a source
--

CREATE FUNCTION journey.contacts_views(name text, has_value boolean) RETURNS void
	LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
	SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
	PERFORM journey.source_view(name, 'service_contacts', $q$
SELECT j.customer, c.contact_no, c.opened_at, (c.opened_at AT TIME ZONE {zone})::date AS opened_date, c.n, c.event,
	   c.channel, c.waiting, c.purchases_before, c.answered_at, (c.answered_at AT TIME ZONE {zone})::date AS answered_date,
	   c.resolved_at, (c.resolved_at AT TIME ZONE {zone})::date AS resolved_date, c.touches,
	   c.first_response_seconds, c.resolution_seconds, c.waited_seconds, c.judged, c.answered, c.in_time, c.reopened,
	   c.satisfied, c.bought_again
FROM {schema}.store AS j
	CROSS JOIN LATERAL journey.contacts(j.journey, {actions}, {last_seen}) AS c
$q$,
		'One row a contact of a customer with the service: when and by which channel, whether it was answered and solved and how soon, and what the customer did then. The time to answer is a day; what is not decided at the last touchpoint seen in the source is NULL. The function contacts has other times.',
		ARRAY[
		'customer: The customer.',
		'contact_no: Number of the contact of this customer, from 1.',
		'opened_at: Time of the contact.',
		'opened_date: Its date in the time zone of the source.',
		'n: Number of its touchpoint in the journey, from 1.',
		'event: Event of the contact, with its detail.',
		'channel: Channel of the contact; NULL for none.',
		'waiting: Was the customer waiting for an order then: was the latest purchase neither delivered nor taken back? NULL for a customer who had bought where deliveries are not in the log.',
		'purchases_before: Purchases before it, those taken back later included: 0 for a customer who had not bought yet.',
		'answered_at: Time of the first answer or solution at or after it; NULL if there is none, or none before the customer asked again after more than a day.',
		'answered_date: Its date in the time zone of the source.',
		'resolved_at: Time of the first solution, in the same way.',
		'resolved_date: Its date in the time zone of the source.',
		'touches: Touchpoints with the service from the contact to the next one, itself included.',
		'first_response_seconds: Seconds from opened_at to answered_at.',
		'resolution_seconds: Seconds from opened_at to resolved_at.',
		'waited_seconds: Seconds for which the customer waited: to the answer, or without one to the last touchpoint seen in the source.',
		'judged: Was the day to answer over at the last touchpoint seen in the source? Rates count only these: of younger ones only those that were answered are decided.',
		'answered: Was it answered? NULL while it was not and the day is not over.',
		'in_time: Was it answered within a day? NULL while it was not and the day is not over.',
		'reopened: Did the customer contact the service again within 7 days after the solution? NULL without a solution, and while there was none and the 7 days are not over.',
		'satisfied: The first answer to a survey about the service (csat_support, ces_support) that says yes or no, before the next contact and at most 14 days after the contact, its answer or its solution, whichever was last. NULL for none.',
		'bought_again: Was there a purchase after it within 30 days? NULL while there was none and these are not over.']);

	PERFORM journey.source_view(name, 'service_by_channel', $q$
WITH seen AS MATERIALIZED (
	SELECT j.customer, date_trunc('month', c.opened_at AT TIME ZONE {zone})::date AS month, c.channel, c.waiting, c.purchases_before,
		   c.first_response_seconds, c.resolution_seconds, c.waited_seconds, c.judged, c.answered, c.in_time, c.reopened,
		   c.resolved_at + interval '168 hours' <= {last_seen} AS reopening_judged,
		   c.satisfied, c.bought_again, c.opened_at + interval '720 hours' <= {last_seen} AS buying_judged
	FROM {schema}.store AS j
		CROSS JOIN LATERAL journey.contacts(j.journey, {actions}, {last_seen}) AS c
), bought AS (
	SELECT date_trunc('month', p.at AT TIME ZONE {zone})::date AS month, count(*) AS purchases
	FROM {schema}.store AS k
		CROSS JOIN LATERAL journey.purchases(k.journey, {actions}) AS p
	GROUP BY 1
), counted AS (
	SELECT s.month, grouping(s.channel) = 1 AS all_channels, s.channel, count(*) AS contacts, count(DISTINCT s.customer) AS customers,
		   count(*) FILTER (WHERE s.waiting) AS waiting, count(*) FILTER (WHERE s.purchases_before = 0) AS not_bought,
		   count(*) FILTER (WHERE s.answered) AS answered, count(*) FILTER (WHERE NOT s.answered) AS unanswered,
		   count(*) FILTER (WHERE s.answered IS NULL) AS undecided,
		   count(*) FILTER (WHERE s.judged) AS judged, count(*) FILTER (WHERE s.judged AND s.answered) AS judged_answered,
		   count(*) FILTER (WHERE s.judged AND s.in_time) AS judged_in_time,
		   percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY s.first_response_seconds) AS response,
		   journey.survival_tally(s.waited_seconds, s.first_response_seconds IS NOT NULL) AS waits,
		   count(s.resolution_seconds) AS resolved,
		   percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY s.resolution_seconds) AS resolution,
		   count(*) FILTER (WHERE s.reopening_judged) AS reopening_judged,
		   count(*) FILTER (WHERE s.reopening_judged AND s.reopened) AS reopened,
		   count(*) FILTER (WHERE s.satisfied) AS satisfied, count(*) FILTER (WHERE NOT s.satisfied) AS dissatisfied,
		   count(*) FILTER (WHERE s.buying_judged) AS buying_judged,
		   count(*) FILTER (WHERE s.buying_judged AND s.bought_again) AS bought_again
	FROM seen AS s
	GROUP BY GROUPING SETS ((s.month, s.channel), (s.month))
)
SELECT c.month, c.all_channels, c.channel, c.contacts, c.customers, c.waiting, c.not_bought, c.answered, c.unanswered, c.undecided,
	   c.judged, c.judged_answered, c.judged_answered::double precision / nullif(c.judged, 0) AS response_rate,
	   a.lower AS response_rate_lower, a.upper AS response_rate_upper,
	   c.judged_in_time, c.judged_in_time::double precision / nullif(c.judged, 0) AS in_time_rate,
	   t.lower AS in_time_rate_lower, t.upper AS in_time_rate_upper,
	   c.response[1] AS first_response_median_seconds, c.response[2] AS first_response_p90_seconds,
	   k.median AS first_response_estimated_median_seconds, k.median_lower AS first_response_estimated_median_lower_seconds,
	   k.median_upper AS first_response_estimated_median_upper_seconds,
	   c.resolved, c.resolution[1] AS resolution_median_seconds, c.resolution[2] AS resolution_p90_seconds,
	   c.reopening_judged, c.reopened, c.reopened::double precision / nullif(c.reopening_judged, 0) AS reopened_rate,
	   c.satisfied + c.dissatisfied AS rated, c.satisfied, c.dissatisfied,
	   c.satisfied::double precision / nullif(c.satisfied + c.dissatisfied, 0) AS satisfied_rate,
	   f.lower AS satisfied_rate_lower, f.upper AS satisfied_rate_upper,
	   c.buying_judged, c.bought_again, c.bought_again::double precision / nullif(c.buying_judged, 0) AS bought_again_rate,
	   b.purchases, 100 * c.contacts::double precision / nullif(b.purchases, 0) AS contacts_per_100_purchases
FROM counted AS c
	LEFT JOIN bought AS b ON b.month = c.month
	CROSS JOIN LATERAL journey.wilson_interval(c.judged_answered, c.judged) AS a
	CROSS JOIN LATERAL journey.wilson_interval(c.judged_in_time, c.judged) AS t
	CROSS JOIN LATERAL journey.wilson_interval(c.satisfied, c.satisfied + c.dissatisfied) AS f
	LEFT JOIN LATERAL journey.survival_summary(c.waits) AS k ON true
$q$,
		'One row for each month and channel in which customers contacted the service, and one for all channels of the month: how many contacts were answered and solved and how soon, whether the customers were satisfied, came back with it, or bought again. Rates are of contacts whose time to answer, a day, was over at the last touchpoint seen in the source. Medians and percentiles are of those answered or solved, so they flatter where many are not; the estimated median (Kaplan-Meier) counts those who still wait for as long as they have waited.',
		ARRAY[
		'month: First day of the month of the contacts, in the time zone of the source.',
		'all_channels: Is this the row of all channels of the month? Do not add these to the others.',
		'channel: Channel of the contacts; NULL for those without a channel, and in the row of all channels.',
		'contacts: Contacts with the service; answered + unanswered + undecided.',
		'customers: Different customers of these.',
		'waiting: Contacts of customers who were waiting for an order then; not those of whom it is not known.',
		'not_bought: Contacts of customers who had not bought yet.',
		'answered: Those of contacts that were answered, in time or later.',
		'unanswered: Those that were not within a day, nor later before the customer asked again.',
		'undecided: Those not answered whose day is not over.',
		'judged: Those of contacts whose day was over at the last touchpoint seen in the source.',
		'judged_answered: Those of judged that were answered, in time or later.',
		'response_rate: judged_answered of judged, 0 to 1.',
		'response_rate_lower: Lower bound of the 95 % interval of response_rate (Wilson).',
		'response_rate_upper: Upper bound of the 95 % interval of response_rate (Wilson).',
		'judged_in_time: Those of judged that were answered within a day.',
		'in_time_rate: judged_in_time of judged, 0 to 1.',
		'in_time_rate_lower: Lower bound of the 95 % interval of in_time_rate (Wilson).',
		'in_time_rate_upper: Upper bound of the 95 % interval of in_time_rate (Wilson).',
		'first_response_median_seconds: Median of the seconds to the first answer, of those answered.',
		'first_response_p90_seconds: 90th percentile of the same.',
		'first_response_estimated_median_seconds: Median with those not answered, who have waited so long at least; NULL if it cannot be told, as where less than half were answered.',
		'first_response_estimated_median_lower_seconds: Lower bound of its 95 % interval; NULL if it cannot be told.',
		'first_response_estimated_median_upper_seconds: Upper bound of its 95 % interval; NULL if it cannot be told.',
		'resolved: Those of contacts that were solved.',
		'resolution_median_seconds: Median of the seconds to the solution, of those solved.',
		'resolution_p90_seconds: 90th percentile of the same.',
		'reopening_judged: Those of resolved whose solution was at least 7 days before the last touchpoint seen in the source.',
		'reopened: Those of them after which the customer contacted the service again within these 7 days.',
		'reopened_rate: reopened of reopening_judged, 0 to 1.',
		'rated: Those of contacts of which a survey about the service says yes or no; satisfied + dissatisfied.',
		'satisfied: Those of rated whose customer was satisfied.',
		'dissatisfied: Those of rated whose customer was not.',
		'satisfied_rate: satisfied of rated, 0 to 1.',
		'satisfied_rate_lower: Lower bound of the 95 % interval of satisfied_rate (Wilson).',
		'satisfied_rate_upper: Upper bound of the 95 % interval of satisfied_rate (Wilson).',
		'buying_judged: Those of contacts at least 30 days before the last touchpoint seen in the source.',
		'bought_again: Those of them after which the customer bought within these 30 days.',
		'bought_again_rate: bought_again of buying_judged, 0 to 1.',
		'purchases: Purchases of the month by all customers, those taken back later included; NULL if there were none.',
		'contacts_per_100_purchases: Contacts for 100 purchases of the month; NULL if there were none.']);
END
$function$;
COMMENT ON FUNCTION journey.contacts_views(text, boolean) IS
$$Makes the views service_contacts and service_by_channel of a source. A part of create_source.$$;
