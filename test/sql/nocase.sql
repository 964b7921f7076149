SET search_path = public, journey;
SET timezone = 'UTC';
SET client_min_messages = warning;

--
-- Customers that are equal without being the same, by a collation.  Only ICU has
-- such ones, and a server may be built without it.
--
SELECT count(*) = 0 AS without_icu FROM pg_collation WHERE collprovider = 'i' \gset
\if :without_icu
\quit
\endif
CREATE COLLATION nocase_equal (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
SELECT count(*) AS customers, sum(touchpoint_count(journey)) AS touchpoints FROM build(NULL::text, $$
	SELECT (CASE WHEN i % 3 = 1 THEN upper('c' || i % 10) ELSE 'c' || i % 10 END) COLLATE nocase_equal, '2026-01-01 00:00+00'::timestamptz + i * interval '1 min', 'x'
	FROM generate_series(1, 30000) AS i$$);
CREATE TABLE nc_names (who text COLLATE nocase_equal, at timestamptz, ev text, order_id text);
INSERT INTO nc_names VALUES
	('Ann', '2026-01-01 10:00+00', 'page_view', NULL), ('ANN', '2026-01-01 10:01+00', 'purchase', 'A1'), ('ann', '2026-01-01 10:01+00', 'purchase', 'A1'),
	('bob', '2026-01-01 10:00+00', 'page_view', NULL), ('BOB', '2026-01-02 10:00+00', 'order_delivered', 'B1'), ('Bob', '2026-01-01 11:00+00', 'purchase', 'B1');
SELECT * FROM create_source('nc_shop', 'nc_names', 'who', 'at', 'ev', order_id => 'order_id');
SELECT lower(customer) AS customer, order_id, purchased_at, delivered_at, flag FROM nc_shop.orders ORDER BY 1;
SELECT lower(customer) AS customer, touchpoints, purchases FROM nc_shop.customers ORDER BY 1;
INSERT INTO nc_names VALUES ('aNN', '2026-01-05 10:00+00', 'order_delivered', 'A1');
SELECT * FROM rebuild('nc_shop');
SELECT lower(customer) AS customer, order_id, purchased_at, delivered_at, flag FROM nc_shop.orders ORDER BY 1;
SELECT drop_source('nc_shop');
DROP TABLE nc_names;
DROP COLLATION nocase_equal;
