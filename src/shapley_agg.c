/*
 * shapley_agg.c
 *	  Attribution by Shapley values: what each channel adds, averaged over all
 *	  orders in which the channels of a path could have come together.
 *
 * The state is a tally.  Of the game of subsets (see core/shapley.c) it has a
 * row for each channel and number of different channels of the paths that it
 * is in; of the game of rates a row for each different set of channels, whose
 * label is the names in the order of their bytes with a bar between them, bars
 * and backslashes in a name with a backslash in front.
 */
#include "postgres.h"

#include "common/int.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "journey.h"
#include "channel_path.h"
#include "core/credit.h"
#include "core/shapley.h"
#include "journey_paths.h"
#include "row_array.h"
#include "tally_state.h"

enum
{
	KEY_CHANNELS, KEY_SIZE
};
enum
{
	GAME_SUBSETS = 1, GAME_RATES = 2
};

#define PARAM_GAME			0

static void
too_many_channels(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("Shapley values by rates of more than %d channels", SHAPLEY_MAX_CHANNELS),
			 errdetail("All 2^n sets of n channels are needed."),
			 errhint("Put rare channels together, or leave by_rates out: the values of shapley_agg(path, conversions, nulls, value) are exact for any number of channels.")));
}

static int
compare_labels(const void *a, const void *b)
{
	return journey_label_cmp(a, b);
}

/* Sort the channels of a path and drop repeats; their number. */
static int
distinct_channels(ChannelPath *path)
{
	int			n = 1;

	qsort(path->channels, path->n, sizeof(JourneyLabel), compare_labels);
	for (int i = 1; i < path->n; i++)
	{
		if (!journey_label_equal(&path->channels[i], &path->channels[n - 1]))
			path->channels[n++] = path->channels[i];
	}
	return n;
}

/* The label of a set; `text` is where its text is put. */
static void
set_label(const JourneyLabel *channels, int n, JourneyLabel *label, StringInfo text)
{
	initStringInfo(text);
	for (int i = 0; i < n; i++)
	{
		char		name[JOURNEY_MAX_LABEL];
		size_t		len = journey_label_text(&channels[i], name);

		if (i > 0)
			appendStringInfoChar(text, '|');
		for (size_t k = 0; k < len; k++)
		{
			if (name[k] == '|' || name[k] == '\\')
				appendStringInfoChar(text, '\\');
			appendStringInfoChar(text, name[k]);
		}
	}
	if (text->len > JOURNEY_MAX_LABEL)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("names of the channels of a path are too long for Shapley values by rates"),
				 errdetail("Together they have %d bytes, at most %d are allowed.", text->len, JOURNEY_MAX_LABEL),
				 errhint("Use shorter names.")));
	journey_label_from_text(label, text->data, text->len);
}

static void
count_path(int64 *counters, const ChannelPath *path)
{
	channel_path_add(&counters[TC_SHAPLEY_CONVERSIONS], path->conversions);
	channel_path_add(&counters[TC_SHAPLEY_NULLS], path->nulls);
	channel_path_add(&counters[TC_SHAPLEY_PLUS], path->plus);
	channel_path_add(&counters[TC_SHAPLEY_MINUS], path->minus);
}

/* The game as argument n of the call. */
static int
game_arg(FunctionCallInfo fcinfo, int n)
{
	if (PG_NARGS() <= n)
		return GAME_SUBSETS;
	if (PG_ARGISNULL(n))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("by_rates must not be NULL")));
	return PG_GETARG_BOOL(n) ? GAME_RATES : GAME_SUBSETS;
}

/* The state, for this game. */
static Tally *
state_of_game(FunctionCallInfo fcinfo, int game)
{
	Tally	   *t = PG_ARGISNULL(0) ? tally_create(TALLY_SHAPLEY) : tally_state(fcinfo, 0, TALLY_SHAPLEY);

	if (t->params[PARAM_GAME] == 0)
		t->params[PARAM_GAME] = game;
	else if (t->params[PARAM_GAME] != game)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot count paths with by_rates and without it together"),
				 errhint("Give the same by_rates for all rows.")));
	return t;
}

/* Count a path in the row of its set of n channels, which are in order. */
static void
count_set(Tally **t, const ChannelPath *path, int n)
{
	int64		keys[TALLY_MAX_KEYS] = {0};
	JourneyLabel label;
	StringInfoData text;

	if (n > SHAPLEY_MAX_CHANNELS)
		too_many_channels();
	set_label(path->channels, n, &label, &text);
	keys[KEY_CHANNELS] = tally_label_grow(t, &label);
	keys[KEY_SIZE] = n;
	count_path(tally_counters(*t, tally_row_grow(t, keys)), path);
	pfree(text.data);
}

/* shapley_agg_add(state, path, conversions, nulls, value [, by_rates]) */
PG_FUNCTION_INFO_V1(shapley_agg_add);
Datum
shapley_agg_add(PG_FUNCTION_ARGS)
{
	ChannelPath path;
	int			game = game_arg(fcinfo, 5);
	int64		keys[TALLY_MAX_KEYS] = {0};
	int			n;
	Tally	   *t;

	if (!channel_path_args(fcinfo, &path))
		return tally_unchanged(fcinfo);
	t = state_of_game(fcinfo, game);
	n = distinct_channels(&path);
	keys[KEY_SIZE] = n;
	if (game == GAME_RATES)
		count_set(&t, &path, n);
	else
	{
		for (int i = 0; i < n; i++)
		{
			CHECK_FOR_INTERRUPTS();
			keys[KEY_CHANNELS] = tally_label_grow(&t, &path.channels[i]);
			count_path(tally_counters(t, tally_row_grow(&t, keys)), &path);
		}
	}
	PG_RETURN_POINTER(t);
}

/* -- journeys ---------------------------------------------------------------- */

#define ROW_HINTS		512

/* What stays from journey to journey: where rows were in the last state. */
typedef struct ShapleyCall
{
	JourneyPaths paths;
	uint32		rows[ROW_HINTS];
} ShapleyCall;

/* The row of a channel on a path of so many. */
static int64 *
subset_counters(ShapleyCall *call, Tally **t, int32 label, int n)
{
	int64		keys[TALLY_MAX_KEYS] = {[KEY_CHANNELS] = label,[KEY_SIZE] = n};
	uint32	   *hint = &call->rows[((uint32) label * 16 + (uint32) n) % ROW_HINTS];
	TallyRow   *row = tally_row_if(*t, *hint, keys);

	if (row == NULL)
	{
		row = tally_row_grow(t, keys);
		*hint = tally_row_number(*t, row);
	}
	return tally_counters(*t, row);
}

/*
 * The steps of a path, one a channel, as numbers of the state; how many.  No two
 * are the same, but that of no channel may have the name of a channel.
 */
static int
distinct_labels(JourneyPaths *p, Tally **t, const ChannelStep *steps, uint32 nsteps,
				int32 *labels)
{
	int32		none = -1;
	int			n = 0;

	for (uint32 i = 0; i < nsteps; i++)
	{
		labels[i] = journey_step_label(p, t, &steps[i]);
		if (steps[i].channel == 0)
			none = labels[i];
	}
	if (none < 0)
		return (int) nsteps;
	for (uint32 i = 0; i < nsteps; i++)
	{
		if (steps[i].channel == 0 || labels[i] != none)
			labels[n++] = labels[i];
	}
	return n;
}

/* The same as labels in order. */
static int
distinct_names(JourneyPaths *p, const ChannelStep *steps, uint32 nsteps, ChannelPath *path)
{
	if (nsteps > SHAPLEY_MAX_CHANNELS + 1)
		too_many_channels();
	path->n = (int) nsteps;
	path->channels = palloc(nsteps * sizeof(JourneyLabel));
	for (uint32 i = 0; i < nsteps; i++)
		journey_step_name(p, &steps[i], &path->channels[i]);
	return distinct_channels(path);
}

/* shapley_agg_add_journey(state, journey, options [, by_rates]) */
PG_FUNCTION_INFO_V1(shapley_agg_add_journey);
Datum
shapley_agg_add_journey(PG_FUNCTION_ARGS)
{
	ShapleyCall *call = fcinfo->flinfo->fn_extra;
	int			game = game_arg(fcinfo, 3);
	JourneyPaths *p;
	AttributionTransform transform;
	int32	   *labels;
	Tally	   *t;

	if (call == NULL)
	{
		call = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(ShapleyCall));
		journey_paths_init(&call->paths, fcinfo, 2);
		fcinfo->flinfo->fn_extra = call;
	}
	p = &call->paths;
	if (!journey_paths_read(p, fcinfo, 2))
		return tally_unchanged(fcinfo);
	t = state_of_game(fcinfo, game);

	/* in which order and how often does not matter, unless it is in the name */
	transform = p->question.transform == AT_FREQUENCY ? AT_FREQUENCY : AT_FIRST;
	labels = palloc((p->view.nchannels + 1) * sizeof(int32));
	for (uint32 i = 0; i < p->nwindows; i++)
	{
		ChannelStep *steps;
		uint32		nsteps;
		ChannelPath path = {0};
		int			n;

		if (p->windows[i].end_stretch <= p->windows[i].first_stretch)
			continue;
		CHECK_FOR_INTERRUPTS();
		path.conversions = journey_path_converted(p, i);
		path.nulls = 1 - path.conversions;
		if (path.conversions > 0)
			channel_path_units(p->values[i], &path.plus, &path.minus);
		nsteps = journey_path_steps(p, transform, &p->windows[i], &steps);
		if (game == GAME_RATES)
		{
			n = distinct_names(p, steps, nsteps, &path);
			count_set(&t, &path, n);
			pfree(path.channels);
			continue;
		}
		n = distinct_labels(p, &t, steps, nsteps, labels);
		for (int k = 0; k < n; k++)
			count_path(subset_counters(call, &t, labels[k], n), &path);
	}
	PG_RETURN_POINTER(t);
}

/* -- reading ----------------------------------------------------------------- */

static void
not_shapley(const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("tally does not hold sets of channels: %s", problem)));
}

static void
add_checked(int64 *sum, int64 add)
{
	if (pg_add_s64_overflow(*sum, add, sum))
		not_shapley("it has too many paths");
}

/* What the rows of a tally add up to, and the values by channel. */
typedef struct ShapleyValues
{
	uint32		nchannels;
	Datum	   *names;
	double	   *shapley;		/* of the conversions, or of their rate */
	double	   *weights;		/* by which the value is divided */
	int64		totals[TC_SHAPLEY_COUNTERS];
} ShapleyValues;

static int
compare_sizes(const void *a, const void *b)
{
	const int64 *ka = tally_keys(*(const TallyRow *const *) a);
	const int64 *kb = tally_keys(*(const TallyRow *const *) b);

	return ka[KEY_SIZE] < kb[KEY_SIZE] ? -1 : ka[KEY_SIZE] > kb[KEY_SIZE];
}

/* A path of k channels is in k rows: the totals are those of a size over k. */
static void
add_totals(const Tally *t, ShapleyValues *v)
{
	const TallyRow **by_size = MemoryContextAllocHuge(CurrentMemoryContext, t->nrows * sizeof(TallyRow *));

	for (uint32 i = 0; i < t->nrows; i++)
		by_size[i] = tally_row_at(t, i);
	qsort(by_size, t->nrows, sizeof(TallyRow *), compare_sizes);
	for (uint32 i = 0; i < t->nrows;)
	{
		int64		size = tally_keys(by_size[i])[KEY_SIZE];
		int64		sums[TC_SHAPLEY_COUNTERS] = {0};
		uint32		from = i;

		for (; i < t->nrows && tally_keys(by_size[i])[KEY_SIZE] == size; i++)
		{
			for (int c = 0; c < TC_SHAPLEY_COUNTERS; c++)
				add_checked(&sums[c], tally_counters(t, by_size[i])[c]);
		}
		if (size < 1 || i - from < size)
			not_shapley("a path has other channels than it says");
		for (int c = 0; c < TC_SHAPLEY_COUNTERS; c++)
		{
			if (sums[c] % size != 0)
				not_shapley("a path has other channels than it says");
			add_checked(&v->totals[c], sums[c] / size);
		}
	}
	pfree(by_size);
}

static void
read_subsets(const Tally *t, ShapleyValues *v)
{
	ShapleyShare *shares = MemoryContextAllocHuge(CurrentMemoryContext, t->nrows * sizeof(ShapleyShare));

	add_totals(t, v);
	v->nchannels = t->nlabels;
	v->names = tally_label_texts(t);
	v->shapley = palloc(v->nchannels * sizeof(double));
	v->weights = palloc(v->nchannels * sizeof(double));
	for (uint32 i = 0; i < t->nrows; i++)
	{
		const TallyRow *row = tally_row_at(t, i);

		shares[i].channel = (uint32) tally_keys(row)[KEY_CHANNELS];
		shares[i].size = tally_keys(row)[KEY_SIZE];
		shares[i].amount = (double) tally_counters(t, row)[TC_SHAPLEY_CONVERSIONS];
	}
	shapley_subsets(shares, t->nrows, v->nchannels, v->shapley);
	for (uint32 i = 0; i < t->nrows; i++)
	{
		const int64 *counters = tally_counters(t, tally_row_at(t, i));

		shares[i].amount = channel_path_value(counters[TC_SHAPLEY_PLUS], counters[TC_SHAPLEY_MINUS]);
	}
	shapley_subsets(shares, t->nrows, v->nchannels, v->weights);
	pfree(shares);
}

static void
look_for_interrupts(void)
{
	CHECK_FOR_INTERRUPTS();
}

/* The number of a channel among those seen, which are in no order. */
static int
channel_number(JourneyLabel *channels, int *nchannels, const char *text, size_t len)
{
	JourneyLabel label;

	if (len == 0)
		not_shapley("a channel has no name");
	journey_label_from_text(&label, text, len);
	for (int i = 0; i < *nchannels; i++)
	{
		if (journey_label_equal(&channels[i], &label))
			return i;
	}
	if (*nchannels == SHAPLEY_MAX_CHANNELS)
		too_many_channels();
	journey_label_from_text(&channels[*nchannels], pnstrdup(text, len), len);
	return (*nchannels)++;
}

/* The channels of a set as a mask of their numbers. */
static uint32
read_set(const Tally *t, const int64 *keys, JourneyLabel *channels, int *nchannels)
{
	JourneyLabel label;
	char		text[JOURNEY_MAX_LABEL];
	char		name[JOURNEY_MAX_LABEL];
	size_t		len;
	size_t		used = 0;
	uint32		mask = 0;

	tally_label_get(t, (uint32) keys[KEY_CHANNELS], &label);
	len = journey_label_text(&label, text);
	for (size_t i = 0; i <= len; i++)
	{
		if (i == len || text[i] == '|')
		{
			mask |= (uint32) 1 << channel_number(channels, nchannels, name, used);
			used = 0;
			continue;
		}
		if (text[i] == '\\' && ++i == len)
			not_shapley("a channel ends in a backslash");
		name[used++] = text[i];
	}
	if (__builtin_popcount(mask) != keys[KEY_SIZE])
		not_shapley("a path has other channels than it says");
	return mask;
}

static void
read_rates(const Tally *t, ShapleyValues *v)
{
	JourneyLabel channels[SHAPLEY_MAX_CHANNELS];
	JourneyLabel sorted[SHAPLEY_MAX_CHANNELS];
	uint32		number[SHAPLEY_MAX_CHANNELS];
	int			n = 0;
	ShapleySet *sets = MemoryContextAllocHuge(CurrentMemoryContext, t->nrows * sizeof(ShapleySet));
	void	   *scratch;

	for (uint32 i = 0; i < t->nrows; i++)
	{
		const int64 *counters = tally_counters(t, tally_row_at(t, i));

		CHECK_FOR_INTERRUPTS();
		sets[i].channels = read_set(t, tally_keys(tally_row_at(t, i)), channels, &n);
		sets[i].conversions = sets[i].paths = counters[TC_SHAPLEY_CONVERSIONS];
		add_checked(&sets[i].paths, counters[TC_SHAPLEY_NULLS]);
		for (int c = 0; c < TC_SHAPLEY_COUNTERS; c++)
			add_checked(&v->totals[c], counters[c]);
	}
	if (v->totals[TC_SHAPLEY_CONVERSIONS] > PG_INT64_MAX - v->totals[TC_SHAPLEY_NULLS])
		not_shapley("it has too many paths");

	/* numbers in the order of the names */
	memcpy(sorted, channels, sizeof(sorted));
	qsort(sorted, n, sizeof(JourneyLabel), compare_labels);
	v->nchannels = n;
	v->names = palloc(n * sizeof(Datum));
	v->weights = v->shapley = palloc(n * sizeof(double));
	for (int i = 0; i < n; i++)
	{
		v->names[i] = journey_label_datum(&sorted[i]);
		for (int k = 0; k < n; k++)
		{
			if (journey_label_equal(&channels[k], &sorted[i]))
				number[k] = i;
		}
	}
	for (uint32 i = 0; i < t->nrows; i++)
	{
		uint32		mask = 0;

		for (uint32 left = sets[i].channels; left != 0; left &= left - 1)
			mask |= (uint32) 1 << number[__builtin_ctz(left)];
		sets[i].channels = mask;
	}
	scratch = palloc(shapley_scratch(n));
	shapley_rates(sets, t->nrows, n, scratch, look_for_interrupts, v->shapley);
	pfree(scratch);
	pfree(sets);
}

/* The credits as an array of journey.shapley_row, in the order of names. */
PG_FUNCTION_INFO_V1(shapley_rows);
Datum
shapley_rows(PG_FUNCTION_ARGS)
{
	Tally	   *given = PG_GETARG_TALLY_P(0);
	const Tally *t;
	ShapleyValues v = {0};
	RowArray	rows;
	double	   *conversions;
	double	   *values;
	double		sum = 0;

	tally_must_be(given, TALLY_SHAPLEY);
	t = tally_packed(given);
	if (t->nrows == 0)
		PG_RETURN_NULL();
	for (uint32 i = 0; i < t->nrows; i++)
	{
		if (tally_keys(tally_row_at(t, i))[KEY_CHANNELS] < 0)
			not_shapley("a path has no channels");
	}
	switch (t->params[PARAM_GAME])
	{
		case GAME_SUBSETS:
			read_subsets(t, &v);
			break;
		case GAME_RATES:
			read_rates(t, &v);
			break;
		default:
			not_shapley("its definition is unknown");
	}
	conversions = palloc(v.nchannels * sizeof(double));
	values = palloc(v.nchannels * sizeof(double));
	credit_divide(v.shapley, v.nchannels, (double) v.totals[TC_SHAPLEY_CONVERSIONS], conversions);

	/*
	 * Values of both signs may cancel out in the sum but not by channel, so
	 * that proportions mean nothing: the shares are the credits then.
	 */
	if (t->params[PARAM_GAME] == GAME_SUBSETS && v.totals[TC_SHAPLEY_MINUS] > 0)
		memcpy(values, v.weights, v.nchannels * sizeof(double));
	else
		credit_divide(v.weights, v.nchannels,
					  channel_path_value(v.totals[TC_SHAPLEY_PLUS], v.totals[TC_SHAPLEY_MINUS]), values);
	for (uint32 i = 0; i < v.nchannels; i++)
		sum += v.shapley[i];

	row_array_start(&rows, fcinfo);
	for (uint32 i = 0; i < v.nchannels; i++)
	{
		Datum		columns[5];
		bool		nulls[5] = {false};

		CHECK_FOR_INTERRUPTS();
		columns[0] = v.names[i];
		columns[1] = Float8GetDatum(v.shapley[i]);
		nulls[2] = v.totals[TC_SHAPLEY_CONVERSIONS] == 0;
		columns[2] = Float8GetDatum(nulls[2] ? 0 : v.shapley[i] / sum);
		columns[3] = Float8GetDatum(conversions[i]);
		columns[4] = Float8GetDatum(values[i]);
		row_array_add(&rows, columns, nulls);
	}
	PG_RETURN_DATUM(row_array_finish(&rows));
}
