/* Rate based congestion control. The path is modelled by the rate it delivers (the most of the last
 * rounds) and its least round trip; what leaves is paced at that rate, what is in flight is bounded
 * by their product and a little more. Losses alone do not slow it down: only together with a queue
 * (round trips that grew) or above 10 % of a round. With such a congestion the bytes in flight are
 * cut as TCP cuts them and grow again by packets per round, which is what makes it share a link. */
#include "oc_cc.h"

#define INITIAL_PACKETS 32 /* paced behind the first OC_CC_BURST */
#define MINIMUM_PACKETS 4
#define FIRST_RTT_US    100000 /* until one is known */
#define BUCKET_ROUNDS   6      /* the delivered rate is the most of 6 to 12 rounds */
#define CYCLE_ROUNDS    8      /* one probes for more, the next drains it */
#define PLATEAU_ROUNDS  3      /* without 25 % more: the path is full */
/* In flight beyond rate * round trip. Equal for all flows, so they converge. */
#define EXTRA_PACKETS     8
#define BETA_NUM          7      /* what a congestion leaves, tenths */
#define HEAVY_LOSS        10     /* per cent of a round that is congestion without a queue */
#define HEAVY_PACKETS     128    /* so many are looked at together */
#define QUEUE_SLACK_US    2000   /* a queue: round trips longer by a sixteenth, at least by this */
#define QUEUE_MAX_US      4000   /* and by no more: queues are not longer where paths are */
#define NEAR_SAMPLES      8      /* a loss is judged by the last 8 to 16 round trips before it */
#define STARTUP_SAMPLES   8      /* of a round; all longer by an eighth: a queue begins */
#define STARTUP_SLACK_US  300    /* and no less than this */
#define MEDIA_FACTOR      8      /* a sender that is its own limit bursts at this times its rate */
#define MEDIA_US          500000 /* over which that rate is taken */
#define LIMITED_BUCKET_US 10000000 /* bursts that show the rate are rare then */
#define SLOW_SAMPLES      4        /* in a row that grew by a quarter: bursts queue */
#define SLOW_US           10000000 /* then they are paced for so long */
#define PROBE_RTT_US      5000000  /* a least round trip unseen for so long is looked for */

enum mode { STARTUP, DRAIN, CRUISE };

typedef struct rate {
    int64_t round_start_us, least_seen_us, media_since_us;
    uint64_t max_now, max_before; /* delivered, bytes per second: this bucket and the last */
    uint64_t plateau;
    uint64_t media, media_bytes;
    uint64_t round_acked, heavy_all, heavy_lost;
    uint32_t round_lost, round_least_us, last_least_us;
    uint32_t near_us[2];   /* least of the samples lately: these, and those before */
    uint32_t cap;          /* bytes in flight after a congestion; UINT32_MAX = none */
    uint32_t min_us;       /* least round trip */
    uint32_t grown_window; /* of STARTUP */
    uint16_t clean;        /* rounds since a congestion */
    uint8_t mode, cycle, plateau_rounds, look_rounds, drain_rounds;
    uint32_t bucket; /* rounds in this one */
    int64_t slow_us, bucket_us;
    uint16_t round_samples;
    uint8_t near_samples;
    uint8_t high; /* round trips in a row that grew by more than a quarter */
    bool slow;    /* bursts queued lately, slow_us: the last time */
    bool limited, congested;
    bool blind; /* this round cannot be measured */
} rate_t;
_Static_assert(sizeof(rate_t) <= sizeof((oc_cc_t *)0)->state, "state of the rate control");

static rate_t *state(oc_cc_t *cc) {
    return (rate_t *)cc->state;
}

static uint64_t maximum(const rate_t *s) {
    return s->max_now > s->max_before ? s->max_now : s->max_before;
}

/* Bytes the path holds at a rate. */
static uint64_t product(const rate_t *s, uint64_t rate) {
    return rate * s->min_us / 1000000u;
}

/* Even the least round trip lately is longer than the path's. Lately: a queue that is short beside
 * the round trip is full for a part of one only, and that is when it drops. */
static bool queued(const rate_t *s) {
    uint32_t least = s->near_us[0], slack = s->min_us / 16;
    if (s->near_us[1] && s->near_us[1] < least)
        least = s->near_us[1];
    if (slack < QUEUE_SLACK_US)
        slack = QUEUE_SLACK_US;
    if (slack > QUEUE_MAX_US)
        slack = QUEUE_MAX_US;
    return least && s->min_us && least > s->min_us + slack;
}

static void near_sample(rate_t *s, uint32_t rtt_us) {
    if (s->near_samples++ % NEAR_SAMPLES == 0) {
        s->near_us[1] = s->near_us[0];
        s->near_us[0] = rtt_us;
    } else if (rtt_us < s->near_us[0]) {
        s->near_us[0] = rtt_us;
    }
}

/* Round trips grew by more than a quarter. */
static bool grown(const rate_t *s) {
    return s->last_least_us && s->last_least_us > s->min_us + s->min_us / 4 + 1000;
}

static uint64_t at_least(uint64_t value, uint64_t floor) {
    return value > floor ? value : floor;
}

/* Sets window and pace from the state. */
static void decide(oc_cc_t *cc) {
    rate_t *s = state(cc);
    uint64_t rate = maximum(s), window, pace = rate;
    if (!rate) {
        uint64_t rtt = s->min_us ? s->min_us : FIRST_RTT_US;
        cc->window = s->grown_window;
        cc->pace = 2 * (uint64_t)s->grown_window * 1000000u / rtt;
        return;
    }
    window = product(s, rate) * 5 / 4 + EXTRA_PACKETS * cc->mtu;
    if (s->mode == STARTUP) {
        window = at_least(window, s->grown_window);
        pace = 2 * rate;
    } else if (s->mode == DRAIN) {
        window = product(s, rate) + EXTRA_PACKETS * cc->mtu;
        pace = rate / 2;
    } else if (s->cycle == 0) {
        pace = rate + rate / 4;
    } else if (s->cycle == 1) {
        pace = rate - rate / 4;
    }
    if (s->limited && !s->slow) {
        pace = at_least(pace, MEDIA_FACTOR * s->media);
        window = at_least(window, product(s, MEDIA_FACTOR * s->media) + OC_CC_BURST * cc->mtu);
    } else if (s->limited) { /* its own bursts queue: what they showed the path delivers */
        pace = at_least(pace, rate + rate / 4);
        window = at_least(window, product(s, 2 * rate) + OC_CC_BURST * cc->mtu);
    }
    if (s->look_rounds && !s->limited)
        window = product(s, rate) / 2;
    if (window > s->cap)
        window = s->cap;
    window = at_least(window, MINIMUM_PACKETS * cc->mtu);
    cc->window = window < OC_CC_WINDOW_MAX ? (uint32_t)window : OC_CC_WINDOW_MAX;
    pace = at_least(pace, MINIMUM_PACKETS * cc->mtu * 1000000ull / (s->min_us + 1000));
    cc->pace = pace < OC_CC_RATE_MAX ? pace : OC_CC_RATE_MAX;
    cc->delivered = rate;
}

static void start(oc_cc_t *cc, uint32_t rtt_us, int64_t now_us) {
    rate_t *s = state(cc);
    *s = (rate_t){.round_start_us = now_us,
                  .least_seen_us = now_us,
                  .slow_us = now_us - SLOW_US,
                  .bucket_us = now_us,
                  .media_since_us = now_us,
                  .cap = UINT32_MAX,
                  .min_us = rtt_us,
                  .grown_window = INITIAL_PACKETS * cc->mtu,
                  .mode = STARTUP};
    decide(cc);
}

static void sent(oc_cc_t *cc, uint32_t bytes, uint32_t in_flight, int64_t now_us) {
    rate_t *s = state(cc);
    int64_t passed = now_us - s->media_since_us;
    s->media_bytes += bytes;
    if (passed < MEDIA_US)
        return;
    uint64_t rate = s->media_bytes * 1000000u / (uint64_t)passed;
    s->media = s->media ? (s->media * 3 + rate) / 4 : rate;
    s->media_bytes = 0;
    s->media_since_us = now_us;
}

static void congestion(oc_cc_t *cc, uint32_t in_flight) {
    rate_t *s = state(cc);
    uint64_t cap = (uint64_t)in_flight * BETA_NUM / 10;
    s->cap = (uint32_t)at_least(cap, MINIMUM_PACKETS * cc->mtu);
    s->clean = 0;
    s->congested = true;
    cc->reduced = true;
    if (s->mode == STARTUP)
        s->mode = CRUISE;
}

/* A round trip has passed without congestion: more may be in flight. */
static void relax(oc_cc_t *cc) {
    rate_t *s = state(cc);
    if (s->cap == UINT32_MAX)
        return;
    if (s->clean < UINT16_MAX)
        s->clean++;
    s->cap += cc->mtu;
    if (s->clean > 32)
        s->cap += s->cap / 16;
    if (s->cap > 2 * (product(s, maximum(s)) * 5 / 4 + EXTRA_PACKETS * cc->mtu) ||
        s->cap > OC_CC_WINDOW_MAX)
        s->cap = UINT32_MAX;
}

static void measure(rate_t *s, const oc_cc_ack_t *ack) {
    int64_t passed = ack->now_us - s->round_start_us;
    uint64_t rate = passed > 0 ? s->round_acked * 1000000u / (uint64_t)passed : 0;
    s->limited = ack->limited;
    if (s->blind) { /* late news may look like a burst: a little more at most */
        if (!ack->limited && rate > maximum(s))
            s->max_now = !maximum(s) || rate < maximum(s) * 5 / 4 ? rate : maximum(s) * 5 / 4;
        return;
    }
    if (++s->bucket > BUCKET_ROUNDS &&
        (!ack->limited || ack->now_us - s->bucket_us > LIMITED_BUCKET_US)) {
        s->bucket = 0;
        s->bucket_us = ack->now_us;
        s->max_before = s->max_now;
        s->max_now = 0;
    }
    if (rate > s->max_now && (!ack->limited || rate > maximum(s)))
        s->max_now = rate;
}

/* STARTUP ends when the path delivers no more, or a queue builds. */
static void startup_round(oc_cc_t *cc, const oc_cc_ack_t *ack) {
    rate_t *s = state(cc);
    if (ack->limited)
        return;
    if (maximum(s) > s->plateau + s->plateau / 4) {
        s->plateau = maximum(s);
        s->plateau_rounds = 0;
    } else {
        s->plateau_rounds++;
    }
    if (s->plateau_rounds >= PLATEAU_ROUNDS || grown(s)) {
        s->mode = DRAIN;
        s->drain_rounds = 0;
    }
}

static void cruise_round(rate_t *s, const oc_cc_ack_t *ack) {
    s->cycle = (uint8_t)((s->cycle + 1) % CYCLE_ROUNDS);
    if (s->look_rounds) {
        if (!--s->look_rounds)
            s->least_seen_us = ack->now_us;
    } else if (ack->now_us - s->least_seen_us > PROBE_RTT_US) {
        s->look_rounds = 2;
    }
}

/* More than 10 % lost. Rounds of few packets are taken together: four of ten may be bad luck. */
static bool heavy(oc_cc_t *cc, const oc_cc_ack_t *ack) {
    rate_t *s = state(cc);
    bool yes;
    if (s->congested || ack->recovery || s->blind) {
        s->heavy_all = s->heavy_lost = 0;
        return false;
    }
    s->heavy_all += s->round_acked + s->round_lost;
    s->heavy_lost += s->round_lost;
    if (s->heavy_all < HEAVY_PACKETS * cc->mtu)
        return false;
    yes = s->heavy_lost * 100 > s->heavy_all * HEAVY_LOSS;
    s->heavy_all = s->heavy_lost = 0;
    return yes;
}

static void end_round(oc_cc_t *cc, const oc_cc_ack_t *ack) {
    rate_t *s = state(cc);
    measure(s, ack);
    s->last_least_us = s->round_least_us;
    if (heavy(cc, ack)) {
        congestion(cc, ack->in_flight);
        s->max_now = s->max_before = maximum(s) * BETA_NUM / 10;
    } else if (!s->congested) {
        relax(cc);
    }
    if (s->mode == STARTUP)
        startup_round(cc, ack);
    else if (s->mode == DRAIN &&
             (ack->in_flight <= product(s, maximum(s)) || ++s->drain_rounds > 2))
        s->mode = CRUISE;
    else if (s->mode == CRUISE)
        cruise_round(s, ack);
    s->round_acked = s->round_lost = 0;
    s->round_least_us = 0;
    s->round_start_us = ack->now_us;
    s->round_samples = 0;
    s->congested = s->blind = false;
}

/* STARTUP doubles per round trip: a queue is looked for inside of the round. */
static bool queue_begins(const rate_t *s) {
    uint32_t slack = s->min_us / 8;
    slack = slack < STARTUP_SLACK_US ? STARTUP_SLACK_US : slack;
    return s->round_samples >= STARTUP_SAMPLES && s->round_least_us > s->min_us + slack;
}

/* Do the bursts of a sender that is its own limit build a queue? */
static void bursts(rate_t *s, const oc_cc_ack_t *ack) {
    if (ack->rtt_us)
        s->high = ack->rtt_us > s->min_us + s->min_us / 4 + 1000 ? (uint8_t)(s->high + 1) : 0;
    if (s->high >= SLOW_SAMPLES) {
        s->high = SLOW_SAMPLES;
        s->slow_us = ack->now_us;
    }
    s->slow = ack->now_us - s->slow_us < SLOW_US;
}

static void acked(oc_cc_t *cc, const oc_cc_ack_t *ack) {
    rate_t *s = state(cc);
    s->round_acked += ack->acked;
    s->round_lost += ack->lost;
    if (ack->min_rtt_us)
        s->min_us = ack->min_rtt_us;
    if (ack->rtt_us) {
        s->round_samples++;
        near_sample(s, ack->rtt_us);
        if (!s->round_least_us || ack->rtt_us < s->round_least_us)
            s->round_least_us = ack->rtt_us;
        if (ack->rtt_us <= s->min_us + s->min_us / 16 + 200)
            s->least_seen_us = ack->now_us;
    }
    if (s->mode == STARTUP && !(s->limited && ack->in_flight < s->grown_window / 2) &&
        s->grown_window < OC_CC_WINDOW_MAX)
        s->grown_window += ack->acked;
    bursts(s, ack);
    s->blind = s->blind || ack->blind;
    if (s->mode == STARTUP && !ack->limited && queue_begins(s)) {
        s->mode = DRAIN;
        s->drain_rounds = 0;
    }
    if (ack->lost && !ack->recovery && !s->congested && queued(s))
        congestion(cc, ack->in_flight);
    if (ack->round)
        end_round(cc, ack);
    decide(cc);
}

static void timeout(oc_cc_t *cc, int64_t now_us) {
    rate_t *s = state(cc);
    s->max_now = maximum(s) / 2;
    s->max_before = 0;
    s->media /= 2;
    s->plateau = s->max_now;
    s->plateau_rounds = 0;
    s->mode = STARTUP;
    s->cap = UINT32_MAX;
    s->grown_window = (uint32_t)at_least(cc->window / 2, 2 * cc->mtu);
    s->round_acked = s->round_lost = 0;
    s->round_start_us = now_us;
    decide(cc);
    cc->window = s->grown_window;
}

const oc_cc_ops_t oc_cc_rate = {"rate", start, sent, acked, timeout};
