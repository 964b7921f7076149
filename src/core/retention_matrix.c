/*
 * retention_matrix.c
 *	  A retention of many customers: making and reading the matrix.
 */
#include "retention_matrix.h"

#include "tally_impl.h"

uint64_t	retention_matrix_spread[256];

/* The cohorts in order. */
typedef struct MatrixPlan
{
	uint32_t	nrows;
	uint32_t	order[RETENTION_MATRIX_COHORTS];
} MatrixPlan;

void
retention_matrix_init(void)
{
	if (retention_matrix_spread[1] != 0)
		return;
	for (int i = 0; i < 256; i++)
	{
		for (int bit = 0; bit < 8; bit++)
			retention_matrix_spread[i] |= (uint64_t) (i >> bit & 1) << (8 * bit);
	}
}

int
retention_matrix_cohort(Tally *t, int32_t key)
{
	RetentionMatrix *m = retention_matrix(t);

	for (uint32_t i = 0; i < m->ncohorts; i++)
	{
		if (m->cohorts[i].key == key)
			return (int) i;
	}
	if (m->ncohorts == m->room)
		return -1;
	m->cohorts[m->ncohorts].key = key;
	return (int) m->ncohorts++;
}

bool
retention_matrix_start(Tally *t, const Tally *src, uint32_t room)
{
	int32_t		vl_len = t->vl_len_;
	RetentionMatrix *m;

	memcpy(t, src, sizeof(Tally));
	t->vl_len_ = vl_len;
	t->stamp = RETENTION_MATRIX;
	m = retention_matrix(t);
	m->room = room;
	if (is_retention_matrix(src))
	{
		const RetentionMatrix *from = retention_matrix(src);

		m->customers = from->customers;
		m->ncohorts = from->ncohorts;
		memcpy(m->cohorts, from->cohorts, from->ncohorts * sizeof(MatrixCohort));
		return true;
	}
	for (uint32_t i = 0; i < retention_few(src)->count; i++)
	{
		const FewActivity *a = &retention_few(src)->activities[i];
		int			n = retention_matrix_cohort(t, a->cohort);

		if (n < 0)
			return false;
		retention_matrix_count(t, &m->cohorts[n], a->periods[0] | (uint64_t) a->periods[1] << 32);
	}
	return true;
}

static inline uint32_t
pending_of(const MatrixCohort *c, int period)
{
	return c->bytes[period / 8] >> (8 * (period % 8)) & 255;
}

void
retention_matrix_settle(MatrixCohort *c)
{
	for (int period = 0; period < RETENTION_FEW_PERIODS; period++)
		c->counts[TC_RETENTION_ACTIVE][period] += pending_of(c, period);
	memset(c->bytes, 0, sizeof(c->bytes));
	c->pending = 0;
}

static inline uint32_t
active_of(const MatrixCohort *c, int period)
{
	return c->counts[TC_RETENTION_ACTIVE][period] + pending_of(c, period);
}

size_t
retention_matrix_scratch(const Tally *src)
{
	(void) src;
	return sizeof(MatrixPlan);
}

static size_t
lay_out(Tally *t, const Tally *src, const MatrixPlan *plan)
{
	memcpy(t, src, sizeof(Tally));
	t->nrows = t->row_cap = plan->nrows;
	t->dense_off = 0;
	t->stamp = 0;
	return tally_lay_out(t);
}

size_t
retention_matrix_measure(const Tally *src, void *scratch)
{
	const RetentionMatrix *m = retention_matrix(src);
	MatrixPlan *plan = scratch;
	Tally		header;

	plan->nrows = 0;
	for (uint32_t i = 0; i < m->ncohorts; i++)
	{
		uint32_t	j = i;

		for (; j > 0 && m->cohorts[plan->order[j - 1]].key > m->cohorts[i].key; j--)
			plan->order[j] = plan->order[j - 1];
		plan->order[j] = i;
		for (int period = 0; period < RETENTION_FEW_PERIODS; period++)
			plan->nrows += active_of(&m->cohorts[i], period) > 0;
	}
	return lay_out(&header, src, plan);
}

void
retention_matrix_pack(Tally *dst, const Tally *src, void *scratch)
{
	const RetentionMatrix *m = retention_matrix(src);
	const MatrixPlan *plan = scratch;
	int32_t		vl_len = dst->vl_len_;
	uint8_t    *row;

	(void) lay_out(dst, src, plan);
	dst->vl_len_ = vl_len;
	row = tally_rows(dst);
	for (uint32_t i = 0; i < m->ncohorts; i++)
	{
		const MatrixCohort *c = &m->cohorts[plan->order[i]];

		for (int period = 0; period < RETENTION_FEW_PERIODS; period++)
		{
			int64_t    *keys = tally_keys((TallyRow *) row);
			int64_t    *counters = keys + 2;

			if (active_of(c, period) == 0)
				continue;
			keys[0] = c->key;
			keys[1] = period;
			counters[TC_RETENTION_ACTIVE] = active_of(c, period);
			counters[TC_RETENTION_LAST] = c->counts[TC_RETENTION_LAST][period];
			counters[TC_RETENTION_FIRST] = period > 0 ? c->counts[TC_RETENTION_FIRST][period] : 0;
			counters[TC_RETENTION_STREAK] = c->counts[TC_RETENTION_STREAK][period];
			row += tally_row_size(dst);
		}
	}
}
