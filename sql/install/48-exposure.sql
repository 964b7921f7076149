\echo Use "CREATE EXTENSION journey" to load this file. \quit

--
-- exposure: did it help to be shown, offered or sent something?
--

CREATE TYPE journey.exposure_row AS (
	origin_at timestamptz,
	landmark_at timestamptz,
	exposed boolean,
	exposed_at timestamptz,
	exposures integer,
	early boolean,
	outcome boolean,
	outcome_at timestamptz,
	complete boolean
);
COMMENT ON TYPE journey.exposure_row IS
$$Was a customer exposed to something, and did the outcome follow, as exposure answers it.$$;
COMMENT ON COLUMN journey.exposure_row.origin_at IS 'Time of the first touchpoint that fits origin.';
COMMENT ON COLUMN journey.exposure_row.landmark_at IS 'The landmark: expose_within later. Exposure counts up to it, outcomes after it.';
COMMENT ON COLUMN journey.exposure_row.exposed IS 'Did a touchpoint between the two fit exposed_to? The group that the customer is in.';
COMMENT ON COLUMN journey.exposure_row.exposed_at IS 'Time of the first such touchpoint; NULL for none.';
COMMENT ON COLUMN journey.exposure_row.exposures IS 'How many there were.';
COMMENT ON COLUMN journey.exposure_row.early IS 'Did the outcome come by the landmark already? Such a customer takes no part in the comparison.';
COMMENT ON COLUMN journey.exposure_row.outcome IS 'Did the outcome come after the landmark and within outcome_within of it? NULL for who takes no part: an early outcome, or the time not over as of as_of.';
COMMENT ON COLUMN journey.exposure_row.outcome_at IS 'Time of the first outcome, also of an early one or of one whose time is not over; NULL for none.';
COMMENT ON COLUMN journey.exposure_row.complete IS 'Was the time for the outcome over as of as_of?';

CREATE FUNCTION journey.exposure(
	j journey.journey,
	origin journey.matcher,
	exposed_to journey.matcher,
	outcome journey.matcher,
	as_of timestamptz,
	expose_within interval DEFAULT '14 days',
	outcome_within interval DEFAULT '90 days'
) RETURNS journey.exposure_row
	AS 'MODULE_PATHNAME', 'exposure' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 50;
COMMENT ON FUNCTION journey.exposure(journey.journey, journey.matcher, journey.matcher, journey.matcher, timestamptz, interval, interval) IS
$$Was a customer exposed to something after an origin, and did an outcome follow? An offer after the first purchase and the second one, a promotion on the first visit and the first purchase, a voucher and a recommendation:

    SELECT e.exposed, count(*) AS customers, count(*) FILTER (WHERE e.outcome) AS bought_again, avg(e.outcome::integer) AS rate
    FROM shop.journeys, exposure(journey, origin => 'purchase', exposed_to => 'offer_sent | promo_click', outcome => 'purchase', as_of => '2026-06-30') AS e
    WHERE e.outcome IS NOT NULL GROUP BY 1;

The origin is the customer's first touchpoint that fits origin, and the landmark expose_within later. Touchpoints after the origin up to and including the landmark say whether the customer was exposed; the outcome is the first one that fits after the landmark, at most outcome_within later. The landmark is what makes the two groups comparable: were exposure looked for at any time, who left at once could not have been exposed, and the others would look better whatever they were shown. For the same reason who had the outcome by the landmark takes no part, nor does anybody whose time was not over by as_of: outcome is NULL. The origin itself is neither exposure nor outcome, so all three may be the same event.

Exposed and unexposed customers may differ in more than the exposure: a difference shows what goes together. What causes it, only an experiment tells.

To ask by what events mean, whatever they are called, give classify(journey, stage_model('actions')) as journey and names of actions, such as 'coupon_apply | promo_click | loyalty_earn'. A value may be asked for: origin => 'purchase >= 200'.

NULL for expose_within is 14 days, for outcome_within 90 days; days are 24 hours. NULL where nothing by as_of fits origin, and for a NULL journey, origin, exposed_to or outcome. A NULL or infinite as_of is an error: give the end of the data, the same for all customers; so are intervals that are negative or have months or years. Touchpoints after as_of are not looked at. One pass over the journey.$$;
