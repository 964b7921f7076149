SET search_path = public, journey;
\set SHOW_CONTEXT never

-- empty
SELECT ''::stage_model;
SELECT E' ;; -- nothing\n'::stage_model;
SELECT 'stages a > b;'::stage_model;
SELECT 'x -> a;'::stage_model;
SELECT 'p = x;'::stage_model;
SELECT 'option delivery = auto;'::stage_model;
SELECT 'six_stage'::stage_model;

-- stages
SELECT 'stages; x -> a'::stage_model;
SELECT 'stages a > b > a; x -> a'::stage_model;
SELECT 'stages a, "b", b; x -> a'::stage_model;
SELECT 'stages a > b, c; x -> a'::stage_model;
SELECT 'stages a, b > c; x -> a'::stage_model;
SELECT 'stages a > ; x -> a'::stage_model;
SELECT 'stages a b; x -> a'::stage_model;
SELECT 'stages a -> b; x -> a'::stage_model;
SELECT 'stages a; stages b; x -> a'::stage_model;
SELECT 'stages a > none; x -> a'::stage_model;
SELECT 'stages ""; x -> a'::stage_model;
SELECT 'stages a > "b; x -> a'::stage_model;
SELECT format('stages %s; x -> a', repeat('a', 63))::stage_model IS NULL;
SELECT format('stages %s; x -> %s', repeat('a', 63), repeat('a', 63))::stage_model IS NULL AS is_null;
SELECT format('stages %s; x -> a', repeat('a', 64))::stage_model;
SELECT format('stages "%s"; x -> a', repeat('é', 32))::stage_model;
SELECT format('stages %s; x -> s1', string_agg('s' || i, ', '))::stage_model IS NULL AS is_null FROM generate_series(1, 255) AS i;
SELECT format('stages %s; x -> s1', string_agg('s' || i, ', '))::stage_model FROM generate_series(1, 256) AS i;

-- rules: the position is a line and a column
SELECT E'stages awareness > conversion;\nview_item -> awareness;\npurchase -> conversoin;'::stage_model;
SELECT E'stages a;\n"日本" -> x'::stage_model;
SELECT 'stages a; x'::stage_model;
SELECT 'stages a; x when prospect'::stage_model;
SELECT 'stages a; x ->'::stage_model;
SELECT 'stages a; x -> ; y -> a'::stage_model;
SELECT 'stages a; -> a'::stage_model;
SELECT 'stages a; x -> a y -> a'::stage_model;
SELECT 'stages a; x when -> a'::stage_model;
SELECT 'stages a; x when prospect and -> a'::stage_model;
SELECT 'stages a; x when prospect or customer -> a'::stage_model;
SELECT 'stages a; x when prospect customer -> a'::stage_model;
SELECT 'stages a; x when not not prospect -> a'::stage_model;
SELECT 'stages a; x when visitor -> a'::stage_model;
SELECT 'stages a; x when (prospect) -> a'::stage_model;
SELECT 'stages a; x y -> a'::stage_model;
SELECT 'stages a; x && y -> a'::stage_model;
SELECT 'stages a; x | -> a'::stage_model;
SELECT 'stages a; x@ -> a'::stage_model;
SELECT 'stages a; x >= many -> a'::stage_model;
SELECT 'stages a; x -- -> a'::stage_model;

-- conditions with numbers
SELECT 'stages a; x when purchase_no -> a'::stage_model;
SELECT 'stages a; x when purchase_no == 1 -> a'::stage_model;
SELECT 'stages a; x when purchase_no ~ 1 -> a'::stage_model;
SELECT 'stages a; x when purchase_no = one -> a'::stage_model;
SELECT 'stages a; x when visit_no = 1.5 -> a'::stage_model;
SELECT 'stages a; x when nth = -1 -> a'::stage_model;
SELECT 'stages a; x when nth <= 1000001 -> a'::stage_model;
SELECT 'stages a; x when nth <= 1000000 -> a'::stage_model;
SELECT 'stages a; x when value > 1e999 -> a'::stage_model;
SELECT 'stages a; x when value > . -> a'::stage_model;
SELECT 'stages a; x when value > nan -> a'::stage_model;
SELECT format('stages a; x when value > %s -> a', repeat('1', 100))::stage_model;

-- after, and intervals
SELECT 'stages a; x when after -> a'::stage_model;
SELECT 'stages a; x when after y within -> a'::stage_model;
SELECT 'stages a; x when after y within 3 -> a'::stage_model;
SELECT 'stages a; x when after y within 3 fortnights -> a'::stage_model;
SELECT 'stages a; x when after y within 1 month -> a'::stage_model;
SELECT 'stages a; x when after y within 2 years -> a'::stage_model;
SELECT 'stages a; x when after y within -1 day -> a'::stage_model;
SELECT 'stages a; x when after y within 1e30 days -> a'::stage_model;
SELECT 'stages a; x when after y within 0 s -> a'::stage_model;
SELECT 'stages a; x when prospect within 3 days -> a'::stage_model;

-- options
SELECT 'stages a; option; x -> a'::stage_model;
SELECT 'stages a; option colour = blue; x -> a'::stage_model;
SELECT 'stages a; option delivery; x -> a'::stage_model;
SELECT 'stages a; option delivery = maybe; x -> a'::stage_model;
SELECT 'stages a; option delivery = auto none; x -> a'::stage_model;
SELECT 'stages a; option delivery = auto; option delivery = none; x -> a'::stage_model;
SELECT 'stages a; option session_timeout 30 min; x -> a'::stage_model;
SELECT 'stages a; option session_timeout = 0 s; x -> a'::stage_model;
SELECT 'stages a; option session_timeout = 1 month; x -> a'::stage_model;
SELECT 'stages a; option session_timeout = 1 h; option session_timeout = 2 h; x -> a'::stage_model;
SELECT 'stages a; dormant; x -> a'::stage_model;
SELECT 'stages a; dormant lapsed after 30 days; x -> a'::stage_model;
SELECT 'stages a; dormant a; x -> a'::stage_model;
SELECT 'stages a; dormant a after; x -> a'::stage_model;
SELECT 'stages a; dormant a after 6 months; x -> a'::stage_model;
SELECT 'stages a; dormant a after 0 days; x -> a'::stage_model;
SELECT 'stages a; dormant a after 1 day; dormant a after 1 day; x -> a'::stage_model;

-- definitions
SELECT 'stages a; shop = x | y; z -> a'::stage_model;
SELECT 'stages a; shop = x | y; "shop" -> a'::stage_model;
SELECT 'stages a; shop = x | y; shop = z; shop -> a'::stage_model;
SELECT 'stages a; shop = ; shop -> a'::stage_model;
SELECT 'stages a; shop = x | ; shop -> a'::stage_model;
SELECT 'stages a; shop, store = x; shop -> a'::stage_model;
SELECT 'stages a; shop = x y; shop -> a'::stage_model;
SELECT 'stages a; first = second; second = x; first -> a'::stage_model;
SELECT format('stages a; %s = x; x -> a', repeat('d', 64))::stage_model;
-- purchase, refund, delivery and ignore may stand alone
SELECT 'stages a; purchase = p; refund = r; delivery = d; ignore = i; x -> a'::stage_model;

-- limits
SELECT format('stages a; %s d1|d256 -> a', string_agg(format('d%s = x;', i), ' '))::stage_model
FROM generate_series(1, 257) AS i;
SELECT format('stages a; %s', string_agg('x -> a;', ' '))::stage_model IS NULL AS is_null
FROM generate_series(1, 1024) AS i;
SELECT format('stages a; %s', string_agg('x -> a;', ' '))::stage_model
FROM generate_series(1, 1025) AS i;
SELECT format('stages a; %s', string_agg('x when prospect and customer and waiting -> a;', ' '))::stage_model
FROM generate_series(1, 700) AS i;
SELECT format('stages a; x -> a;%s', repeat(' ', 65519))::stage_model IS NULL AS is_null;
SELECT format('stages a; x -> a;%s', repeat(' ', 65520))::stage_model;
SELECT format('stages a; %s -> a;', string_agg('x' || i, '|'))::stage_model
FROM generate_series(1, 1025) AS i;
SELECT format('stages a; %s', string_agg('x' || i || ' when value > 0.12345 -> a;', ' '))::stage_model
FROM generate_series(1, 1000) AS i;
-- printed it would be too long to be read again
SELECT length(l) <= 65536 AS short_enough FROM format('stages "%1$s"; %2$s', repeat('"', 126), repeat(format('x->"%s";', repeat('"', 126)), 490)) AS l;
SELECT format('stages "%1$s"; %2$s', repeat('"', 126), repeat(format('x->"%s";', repeat('"', 126)), 490))::stage_model IS NULL;
SELECT format('stages a; %s -> a', repeat('x', 1024))::stage_model IS NULL AS is_null;
SELECT format('stages a; %s -> a', repeat('x', 1025))::stage_model;

-- long texts and odd characters in messages
SELECT 'stages a; x ! the rest of a long line that the message does not repeat in full -> a'::stage_model;
SELECT format('stages a; x -> %s', repeat('日', 21))::stage_model;

-- names of touchpoints
SELECT stage('stages a; x -> a', repeat('x', 1025));
SELECT stage('stages a; x -> a', 'x', repeat('x', 1025));

-- a model by its name
SELECT stage_model('stages a; x -> a');
