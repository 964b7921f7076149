/*
 * markov.c
 *	  What becomes of a Markov chain of channels when one of them is removed.
 *
 * The chain is kept as a matrix of weights: a row for each state and for the
 * start, a column for each state and for the two ends.  Rows are counts, not
 * probabilities, because nothing here depends on the scale of a row.
 *
 * Eliminating a state j closes the gap that it leaves: what comes to it goes
 * on in the proportions of its row,
 *
 *		w[i][k] += w[i][j] * w[j][k] / d,	d = sum of w[j][k] over k != j
 *
 * which is Gaussian elimination of I - Q, with d as Grassmann, Taksar and
 * Heyman compute the pivot: as the sum of what leaves the state, not as 1 less
 * what stays.  All numbers are sums and products of positive ones, nothing is
 * ever subtracted, so every answer has a small relative error (some n units in
 * the last place at most) however seldom the chain ends, and no pivoting is
 * needed.  The weight of a state on itself is never read: loops of a state on
 * itself change no answer, kept or dropped.  A pivot is 0 only where a state
 * leads to no end.
 *
 * With all states but those of channel c eliminated, the weight from the start
 * to the conversion is that of the paths that convert without c.  Eliminating
 * these too adds what converts through c; the share of that is the removal
 * effect, again without a subtraction.
 *
 * Doing this for each channel alone would be one solution a channel.  Instead
 * the channels are divided in two halves, and the states of one half eliminated
 * before going on in the other, and the other way round: T(n) = 2 E(n) + 2
 * T(n / 2), with E(n) the elimination of half, 7/12 n^3 operations.  That is
 * 14/9 n^3 for all channels, 2.3 times one LU decomposition, and less than the
 * 2 n^3 of the inverse (the fundamental matrix), from which the Woodbury
 * formula would have the same answers but with cancellation.  Iterative
 * solvers stop at a tolerance, and need more steps the less often the chain
 * ends: not exact.
 *
 * Eliminations are blocked: BLOCK pivots are prepared, and the rest of the
 * matrix is changed by all of them in one go, tile by tile, leaving out zeros;
 * states with few transitions are first, so that little fills up.  Sums are
 * in a fixed order, with or without vector instructions.
 */
#include "markov.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK	32				/* pivots */
#define TILE	128				/* columns */
#define LANES	4

/* -- memory ------------------------------------------------------------------ */

static inline size_t
stride_of(uint32_t n)
{
	return ((size_t) n + 2 + LANES - 1) / LANES * LANES;
}

static inline size_t
matrix_doubles(uint32_t n)
{
	return ((size_t) n + 1) * stride_of(n);
}

/*
 * Where to divide the channels low to high - 1: as near to the middle of their
 * states as it goes without passing it, and neither half empty.
 */
static uint32_t
divide(const uint32_t *first, uint32_t low, uint32_t high)
{
	uint64_t	ends = (uint64_t) first[low] + first[high];
	uint32_t	at = low + 1;

	while (at < high - 1 && 2 * (uint64_t) first[at + 1] <= ends)
		at++;
	return at;
}

/* What a part with the channels low to high - 1 wants beside its own matrix. */
static size_t
part_doubles(const uint32_t *first, uint32_t low, uint32_t high)
{
	uint32_t	bounds[3] = {low, 0, high};
	size_t		need = matrix_doubles(first[high] - first[low]);

	if (high - low == 1)
		return 0;
	bounds[1] = divide(first, low, high);
	for (int half = 0; half < 2; half++)
	{
		size_t		part = part_doubles(first, bounds[half], bounds[half + 1]) +
		matrix_doubles(first[bounds[half + 1]] - first[bounds[half]]);

		need = part > need ? part : need;
	}
	return need;
}

/* A state and how much eliminating it is expected to fill up. */
typedef struct Candidate
{
	uint64_t	fill;
	uint32_t	state;
} Candidate;

size_t
markov_scratch(const MarkovChain *chain)
{
	return sizeof(double) * (matrix_doubles(chain->nstates) +
							 part_doubles(chain->first, 0, chain->nchannels)) +
		(sizeof(Candidate) + sizeof(uint64_t)) * (size_t) chain->nstates;
}

/* -- elimination ------------------------------------------------------------- */

/*
 * to[k] += sum over p of factors[p] * from[p][k], in the order of p, k < n.
 * The vector form does for four k what the plain one does for each: the same
 * products and sums, each rounded by itself.
 */
#if defined(__GNUC__)
typedef double Lanes __attribute__((vector_size(LANES * sizeof(double)), aligned(8), may_alias));

static inline __attribute__((always_inline))
void
add_rows_body(double *to, double *const *from, const double *factors, int nfactors, size_t n)
{
	int			p = 0;

	for (; p + 4 <= nfactors; p += 4)
	{
		const double *r0 = from[p];
		const double *r1 = from[p + 1];
		const double *r2 = from[p + 2];
		const double *r3 = from[p + 3];
		double		f0 = factors[p];
		double		f1 = factors[p + 1];
		double		f2 = factors[p + 2];
		double		f3 = factors[p + 3];
		size_t		k = 0;

		for (; k + LANES <= n; k += LANES)
		{
			Lanes		sum = *(const Lanes *) (to + k);

			sum += f0 * *(const Lanes *) (r0 + k);
			sum += f1 * *(const Lanes *) (r1 + k);
			sum += f2 * *(const Lanes *) (r2 + k);
			sum += f3 * *(const Lanes *) (r3 + k);
			*(Lanes *) (to + k) = sum;
		}
		for (; k < n; k++)
		{
			double		sum = to[k];

			sum += f0 * r0[k];
			sum += f1 * r1[k];
			sum += f2 * r2[k];
			sum += f3 * r3[k];
			to[k] = sum;
		}
	}
	for (; p < nfactors; p++)
	{
		const double *r = from[p];
		double		f = factors[p];
		size_t		k = 0;

		for (; k + LANES <= n; k += LANES)
			*(Lanes *) (to + k) += f * *(const Lanes *) (r + k);
		for (; k < n; k++)
			to[k] += f * r[k];
	}
}
#else
static inline void
add_rows_body(double *to, double *const *from, const double *factors, int nfactors, size_t n)
{
	for (int p = 0; p < nfactors; p++)
	{
		for (size_t k = 0; k < n; k++)
			to[k] += factors[p] * from[p][k];
	}
}
#endif

typedef void (*AddRows) (double *to, double *const *from, const double *factors,
						 int nfactors, size_t n);

static void
add_rows(double *to, double *const *from, const double *factors, int nfactors, size_t n)
{
	add_rows_body(to, from, factors, nfactors, n);
}

#if defined(__GNUC__) && defined(__x86_64__)
/* No fused multiply and add: it would round differently. */
static __attribute__((target("avx2")))
void
add_rows_avx2(double *to, double *const *from, const double *factors, int nfactors, size_t n)
{
	add_rows_body(to, from, factors, nfactors, n);
}

static AddRows
choose_add_rows(void)
{
	return __builtin_cpu_supports("avx2") ? add_rows_avx2 : add_rows;
}
#else
static AddRows
choose_add_rows(void)
{
	return add_rows;
}
#endif

/*
 * Eliminate the first e of n states of a matrix; what stays is in the rows and
 * columns from e on.  False if one of them leads nowhere.
 */
static bool
eliminate(double *m, uint32_t e, uint32_t n, void (*relax) (void))
{
	AddRows		add = choose_add_rows();
	size_t		stride = stride_of(n);
	uint32_t	columns = n + 2;

	for (uint32_t j0 = 0; j0 < e; j0 += BLOCK)
	{
		uint32_t	j1 = j0 + BLOCK < e ? j0 + BLOCK : e;

		/*
		 * The rows of the block are made final, and of all others only the
		 * columns of the block, which become the factors of its rows.
		 */
		relax();
		for (uint32_t j = j0; j < j1; j++)
		{
			double	   *pivot = m + j * stride;
			double		leaves = 0;

			for (uint32_t k = j + 1; k < columns; k++)
				leaves += pivot[k];
			if (!(leaves > 0))
				return false;
			for (uint32_t i = j + 1; i <= n; i++)
			{
				double	   *row = m + i * stride;

				if (row[j] != 0)
				{
					double		factor = row[j] / leaves;
					double	   *from = pivot + j + 1;

					row[j] = factor;
					add(row + j + 1, &from, &factor, 1, (i < j1 ? columns : j1) - j - 1);
				}
			}
		}

		for (uint32_t start = j1; start < columns; start += TILE)
		{
			size_t		width = columns - start < TILE ? columns - start : TILE;

			relax();
			for (uint32_t i = j1; i <= n; i++)
			{
				double	   *row = m + i * stride;
				double	   *from[BLOCK];
				double		factors[BLOCK];
				int			nfactors = 0;

				for (uint32_t j = j0; j < j1; j++)
				{
					if (row[j] != 0)
					{
						from[nfactors] = m + j * stride + start;
						factors[nfactors++] = row[j];
					}
				}
				add(row + start, from, factors, nfactors, width);
			}
		}
	}
	return true;
}

/* -- parts ------------------------------------------------------------------- */

typedef struct MarkovSolver
{
	const uint32_t *first;
	double	   *effects;
	double		conversion_probability;
	Candidate  *candidates;
	uint64_t   *entries;		/* of a column, not 0 */
	void		(*relax) (void);
} MarkovSolver;

static int
compare_candidates(const void *a, const void *b)
{
	const Candidate *ca = a;
	const Candidate *cb = b;

	if (ca->fill != cb->fill)
		return ca->fill < cb->fill ? -1 : 1;
	return ca->state < cb->state ? -1 : ca->state > cb->state;
}

/*
 * Put the states of m that are not low to high - 1 into the list of
 * candidates, those first that are expected to fill up least.
 */
static uint32_t
order_states(MarkovSolver *s, const double *m, uint32_t n, uint32_t low, uint32_t high)
{
	size_t		stride = stride_of(n);
	uint32_t	count = 0;

	memset(s->entries, 0, sizeof(uint64_t) * n);
	for (uint32_t i = 0; i <= n; i++)
	{
		for (uint32_t k = 0; k < n; k++)
			s->entries[k] += m[i * stride + k] != 0;
	}
	for (uint32_t i = 0; i < n; i++)
	{
		uint64_t	entries = 0;

		if (i >= low && i < high)
			continue;
		for (uint32_t k = 0; k < n + 2; k++)
			entries += m[i * stride + k] != 0;
		s->candidates[count].fill = entries * s->entries[i];
		s->candidates[count++].state = i;
	}
	qsort(s->candidates, count, sizeof(Candidate), compare_candidates);
	return count;
}

/*
 * Make in `part` the matrix of the states low to high - 1 of m, all others
 * eliminated.  It is first a copy of all, in the order of elimination.
 */
static bool
keep_part(MarkovSolver *s, const double *m, uint32_t n, uint32_t low, uint32_t high, double *part)
{
	uint32_t	e = order_states(s, m, n, low, high);
	size_t		stride = stride_of(n);
	uint32_t	keep = high - low;
	size_t		part_stride = stride_of(keep);

	for (uint32_t i = 0; i <= n; i++)
	{
		const double *from = m + stride *
		(i < e ? s->candidates[i].state : i < n ? low + (i - e) : n);
		double	   *to = part + stride * i;

		for (uint32_t k = 0; k < e; k++)
			to[k] = from[s->candidates[k].state];
		memcpy(to + e, from + low, sizeof(double) * keep);
		to[n] = from[n];
		to[n + 1] = from[n + 1];
	}
	if (!eliminate(part, e, n, s->relax))
		return false;
	for (uint32_t i = 0; i <= keep; i++)
		memmove(part + part_stride * i, part + stride * (e + i) + e, sizeof(double) * ((size_t) keep + 2));
	return true;
}

/*
 * The effects of the channels low to high - 1, of whose states m is the matrix;
 * it is no longer needed afterwards.
 */
static bool
solve_part(MarkovSolver *s, double *m, uint32_t low, uint32_t high, double *memory)
{
	uint32_t	n = s->first[high] - s->first[low];
	double	   *start = m + stride_of(n) * n;
	uint32_t	bounds[3] = {low, 0, high};

	if (high - low == 1)
	{
		double		without = start[n];
		double		all;

		start[n] = 0;
		if (!eliminate(m, n, n, s->relax))
			return false;
		all = without + start[n];
		s->effects[low] = all > 0 ? start[n] / all : 0;
		if (low == 0)
			s->conversion_probability = all > 0 ? all / (all + start[n + 1]) : 0;
		return true;
	}
	bounds[1] = divide(s->first, low, high);
	for (int half = 0; half < 2; half++)
	{
		uint32_t	from = s->first[bounds[half]];
		uint32_t	to = s->first[bounds[half + 1]];

		if (!keep_part(s, m, n, from - s->first[low], to - s->first[low], memory) ||
			!solve_part(s, memory, bounds[half], bounds[half + 1], memory + matrix_doubles(to - from)))
			return false;
	}
	return true;
}

MarkovResult
markov_solve(const MarkovChain *chain, void *scratch, void (*relax) (void),
			 double *conversion_probability, double *effects)
{
	uint32_t	n = chain->nstates;
	size_t		stride = stride_of(n);
	double	   *m = scratch;
	double	   *memory = m + matrix_doubles(n);
	MarkovSolver s = {chain->first, effects, 0, NULL, NULL, relax};

	s.candidates = (Candidate *) (memory + part_doubles(chain->first, 0, chain->nchannels));
	s.entries = (uint64_t *) (s.candidates + n);
	memset(m, 0, sizeof(double) * matrix_doubles(n));
	for (size_t i = 0; i < chain->nedges; i++)
	{
		const MarkovEdge *edge = &chain->edges[i];
		uint32_t	row = edge->from == MARKOV_START ? n : edge->from;
		uint32_t	column = edge->to == MARKOV_CONVERSION ? n :
		edge->to == MARKOV_NULL ? n + 1 : edge->to;

		m[stride * row + column] = (double) edge->count;
	}
	if (!solve_part(&s, m, 0, chain->nchannels, memory))
		return MARKOV_ENDLESS;
	*conversion_probability = s.conversion_probability;
	return MARKOV_OK;
}
