/* The crew. See crew.h.
 *
 * Each fiber runs the same loop: take what is next in the line and run it. A fiber that must wait leaves its thread by
 * switching to a spare fiber, whose loop goes on there; one whose turn comes is switched to by a loop, whose own fiber is
 * spare from then on. So a task that never waits costs no switch at all. What becomes of the fiber that was left is
 * settled after the switch, when nothing runs on its stack any more: until then nobody else may have it.
 *
 * at_work counts the threads that run or look out; those that rest or block are not among them.
 */
#include "base/crew.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crew_inside.h"
#include "base/futex.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

enum {
    EVENTS_MAX = 64,
    SHARE_FROM = 8,      /* so many in the line are worth another thread */
    LOOK_US_MAX = 1000000,
    GUARD_BYTES = 4096,
    HOME_BYTES = 65536,
    NTH_BIT = 48 /* addresses are shorter; what is above tells one wait of a fiber from the next */
};

/* One thread. */
struct hand {
    struct crew *crew;
    pthread_t thread;
    ucontext_t home; /* its own stack */
    void *home_sanitizer;
    struct fiber *runs;
    struct fiber *left;        /* to be settled */
    struct sleeper *left_at;   /* where that one wants to sleep; NULL: it is spare */
    uint32_t left_state;
    int64_t left_until_us;
    bool blocks;
    _Atomic uint32_t called;
    struct hand *resting; /* the next that rests */
};

struct line {
    struct crew_task *first, *last;
    size_t n;
};

struct crew {
    struct crew_plan plan;
    int epoll, kick;
    int at_work_max;
    pthread_mutex_t lock; /* guards what follows, and the marked members of fibers */
    struct line going_on, fresh, yielded; /* taken from in this order */
    size_t begun_n;                        /* tasks that have not ended */
    uint64_t taken_n, taken_seen;
    struct fiber *spare, *over, *soonest, *latest; /* over: their threads went home */
    struct hand *resting;
    int at_work;
    int hands_n;
    bool looks_out, kicked, ended;
    int64_t looks_until_us;
    pthread_mutex_t block_lock; /* guards the following two */
    struct fiber_cond unblocked;
    int blocked_n;
    struct hand hands[];
};

static _Thread_local struct hand *own_hand;

/* Where a fiber sleeps that only lets others go first: its state is never the one that is waited in. */
static struct sleeper yields = {.state = 1};

/* Not to be remembered across a switch by the compiler either: the thread may be another one then. */
static __attribute__((noinline)) struct hand *here(void)
{
    __asm__ volatile("");
    return own_hand;
}

struct fiber *crew_fiber(void)
{
    struct hand *hand = here();
    return hand ? hand->runs : NULL;
}

/* ---- lines, and times; under the lock ---- */

static void line_up(struct line *line, struct crew_task *task)
{
    task->next = NULL;
    *(line->last ? &line->last->next : &line->first) = task;
    line->last = task;
    line->n++;
}

/* What would be taken next comes from there; NULL: there is nothing to do. */
static struct line *next_line(struct crew *crew)
{
    if (crew->going_on.first)
        return &crew->going_on;
    if (crew->fresh.first && crew->begun_n < crew->plan.tasks_max)
        return &crew->fresh;
    return crew->yielded.first ? &crew->yielded : NULL;
}

static struct crew_task *take_first(struct crew *crew)
{
    struct line *line = next_line(crew);
    struct crew_task *task = line->first;
    line->first = task->next;
    if (line->first == NULL)
        line->last = NULL;
    line->n--;
    crew->taken_n++;
    crew->begun_n += task->run != NULL;
    return task;
}

/* Times mostly come in their order: looked for from the end. */
static void time_set(struct crew *crew, struct fiber *fiber, int64_t until_us)
{
    struct fiber *before = crew->latest;
    fiber->until_us = until_us;
    while (before && before->until_us > until_us)
        before = before->sooner;
    fiber->sooner = before;
    fiber->later = before ? before->later : crew->soonest;
    *(fiber->later ? &fiber->later->sooner : &crew->latest) = fiber;
    *(before ? &before->later : &crew->soonest) = fiber;
}

static void time_forget(struct crew *crew, struct fiber *fiber)
{
    if (fiber->until_us == 0)
        return;
    *(fiber->later ? &fiber->later->sooner : &crew->latest) = fiber->sooner;
    *(fiber->sooner ? &fiber->sooner->later : &crew->soonest) = fiber->later;
    fiber->until_us = 0;
}

static void rouse(struct crew *crew, struct fiber *fiber)
{
    fiber->asleep = NULL;
    time_forget(crew, fiber);
    line_up(&crew->going_on, &fiber->task);
}

static void rouse_late(struct crew *crew)
{
    int64_t now_us = crew->soonest ? clock_us() : 0;
    while (crew->soonest && crew->soonest->until_us <= now_us) {
        crew->soonest->late = true;
        rouse(crew, crew->soonest);
    }
}

/* ---- threads; under the lock ---- */

static void *hand_main(void *user);

static void call_one(struct crew *crew)
{
    struct hand *hand = crew->resting;
    if (hand) {
        crew->resting = hand->resting;
        crew->at_work++;
        atomic_store(&hand->called, 1);
        futex_wake(&hand->called);
    } else if (crew->hands_n < crew->plan.threads_max && !crew->ended) {
        pthread_attr_t attr;
        hand = &crew->hands[crew->hands_n];
        hand->crew = crew;
        pthread_attr_init(&attr);
        pthread_attr_setstacksize(&attr, HOME_BYTES);
        if (pthread_create(&hand->thread, &attr, hand_main, hand) == 0) {
            crew->hands_n++;
            crew->at_work++;
        }
        pthread_attr_destroy(&attr);
    }
}

static void kick(struct crew *crew)
{
    if (!crew->kicked && eventfd_write(crew->kick, 1) == 0)
        crew->kicked = true;
}

/* Somebody must see to the line: those at work do when they are done, but for the one that looks out. */
static void attend(struct crew *crew)
{
    if (next_line(crew) == NULL || crew->at_work > crew->looks_out)
        return;
    if (crew->looks_out)
        kick(crew);
    else
        call_one(crew);
}

static void rest(struct crew *crew, struct hand *hand)
{
    hand->resting = crew->resting;
    crew->resting = hand;
    crew->at_work--;
    pthread_mutex_unlock(&crew->lock);
    while (atomic_exchange(&hand->called, 0) == 0)
        (void)futex_wait(&hand->called, 0, 0);
    pthread_mutex_lock(&crew->lock);
}

/* ---- looking out ---- */

static void came(struct crew *crew, const struct epoll_event *event)
{
    struct crew_task *task = (struct crew_task *)(uintptr_t)(event->data.u64 & ~(UINT64_MAX << NTH_BIT));
    if (task == NULL) {
        eventfd_t n;
        if (!crew->ended && eventfd_read(crew->kick, &n) == 0)
            crew->kicked = false;
    } else if (task->run) {
        line_up(&crew->fresh, task);
    } else {
        struct fiber *fiber = (struct fiber *)task;
        if (fiber->nth != event->data.u64 >> NTH_BIT)
            return; /* of an earlier wait, whose time was over when it came */
        fiber->came = event->events;
        atomic_store_explicit(&fiber->for_fd.state, FD_CAME, memory_order_release);
        if (fiber->asleep == &fiber->for_fd)
            rouse(crew, fiber);
    }
}

static void look_out(struct crew *crew)
{
    struct epoll_event events[EVENTS_MAX];
    int64_t now_us = clock_us(), wait_us = crew->soonest ? crew->soonest->until_us - now_us : LOOK_US_MAX;
    if (wait_us > LOOK_US_MAX)
        wait_us = LOOK_US_MAX;
    crew->looks_out = true;
    crew->looks_until_us = now_us + wait_us;
    pthread_mutex_unlock(&crew->lock);
    int n = epoll_wait(crew->epoll, events, EVENTS_MAX, wait_us > 0 ? (int)((wait_us + 999) / 1000) : 0);
    pthread_mutex_lock(&crew->lock);
    crew->looks_out = false;
    for (int i = 0; i < n; i++)
        came(crew, &events[i]);
    rouse_late(crew);
}

/* What is next; NULL when the crew ends. `ended`: a task has. */
static struct crew_task *take(struct crew *crew, bool ended)
{
    struct crew_task *task = NULL;
    pthread_mutex_lock(&crew->lock);
    crew->begun_n -= ended;
    while (next_line(crew) == NULL && !crew->ended) {
        if (crew->looks_out)
            rest(crew, here());
        else
            look_out(crew);
    }
    if (next_line(crew))
        task = take_first(crew);
    else
        crew->at_work--;
    if (crew->going_on.n + crew->fresh.n >= SHARE_FROM && crew->at_work < crew->at_work_max)
        call_one(crew);
    pthread_mutex_unlock(&crew->lock);
    return task;
}

/* ---- fibers ---- */

static void settle(void)
{
    struct hand *hand = here();
    struct crew *crew = hand->crew;
    struct fiber *left = hand->left;
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(hand->runs ? hand->runs->sanitizer : hand->home_sanitizer, NULL, NULL);
#endif
    if (left == NULL)
        return;
    hand->left = NULL;
    pthread_mutex_lock(&crew->lock);
    if (hand->runs == NULL) {
        left->spare = crew->over;
        crew->over = left;
    } else if (hand->left_at == NULL) {
        left->spare = crew->spare;
        crew->spare = left;
    } else if (sleeper_state(hand->left_at) != hand->left_state) {
        line_up(hand->left_at == &yields ? &crew->yielded : &crew->going_on, &left->task);
    } else {
        left->asleep = hand->left_at;
        if (hand->left_until_us)
            time_set(crew, left, hand->left_until_us);
        if (hand->left_until_us && crew->looks_out && hand->left_until_us < crew->looks_until_us)
            kick(crew);
    }
    pthread_mutex_unlock(&crew->lock);
}

/* Goes on in `to` until this fiber is switched to again, maybe by another thread. */
static void switch_to(struct fiber *to, struct sleeper *at, uint32_t state, int64_t until_us)
{
    struct hand *hand = here();
    struct fiber *from = hand->runs;
    assert(!hand->blocks);
    hand->left = from;
    hand->left_at = at;
    hand->left_state = state;
    hand->left_until_us = until_us;
    hand->runs = to;
#if defined(__SANITIZE_THREAD__)
    __tsan_switch_to_fiber(to->sanitizer, 0);
#elif defined(__SANITIZE_ADDRESS__)
    __sanitizer_start_switch_fiber(&from->sanitizer, to->stack, to->crew->plan.stack_bytes);
#endif
    (void)swapcontext(&from->context, &to->context);
    settle();
}

static void loop(struct crew *crew)
{
    bool ended = false;
    for (struct crew_task *task; (task = take(crew, ended)) != NULL;) {
        ended = task->run != NULL;
        if (ended)
            task->run(task);
        else
            switch_to((struct fiber *)task, NULL, 0, 0);
    }
}

static void fiber_main(void)
{
    settle();
    loop(here()->crew);
    struct hand *hand = here();
    hand->left = hand->runs;
    hand->left_at = NULL;
    hand->runs = NULL;
#if defined(__SANITIZE_THREAD__)
    __tsan_switch_to_fiber(hand->home_sanitizer, 0);
#elif defined(__SANITIZE_ADDRESS__)
    __sanitizer_start_switch_fiber(&hand->left->sanitizer, NULL, 0);
#endif
    (void)swapcontext(&hand->left->context, &hand->home);
    abort(); /* nobody switches to a fiber that is over */
}

static void context_make(ucontext_t *context, void *stack, size_t stack_bytes)
{
    (void)getcontext(context);
    context->uc_stack.ss_sp = stack;
    context->uc_stack.ss_size = stack_bytes;
    makecontext(context, fiber_main, 0);
}

/* Without memory for a stack a process cannot go on; the master starts another. */
static struct fiber *fiber_new(struct crew *crew)
{
    struct fiber *fiber = calloc(1, sizeof *fiber);
    char *stack = mmap(NULL, crew->plan.stack_bytes + GUARD_BYTES, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (fiber == NULL || stack == MAP_FAILED || mprotect(stack, GUARD_BYTES, PROT_NONE) != 0)
        abort();
    fiber->crew = crew;
    fiber->stack = stack + GUARD_BYTES;
    fiber->for_fd.fiber = fiber;
    context_make(&fiber->context, fiber->stack, crew->plan.stack_bytes);
#if defined(__SANITIZE_THREAD__)
    fiber->sanitizer = __tsan_create_fiber(0);
#endif
    return fiber;
}

static void fiber_free(struct fiber *fiber)
{
#if defined(__SANITIZE_THREAD__)
    __tsan_destroy_fiber(fiber->sanitizer);
#endif
    (void)munmap((char *)fiber->stack - GUARD_BYTES, fiber->crew->plan.stack_bytes + GUARD_BYTES);
    free(fiber);
}

static void fibers_free(struct fiber *first)
{
    for (struct fiber *next; first; first = next) {
        next = first->spare;
        fiber_free(first);
    }
}

/* One that does nothing. */
static struct fiber *fiber_take(struct crew *crew)
{
    pthread_mutex_lock(&crew->lock);
    struct fiber *fiber = crew->spare;
    if (fiber)
        crew->spare = fiber->spare;
    pthread_mutex_unlock(&crew->lock);
    return fiber ? fiber : fiber_new(crew);
}

static void *hand_main(void *user)
{
    struct hand *hand = own_hand = user;
    hand->runs = fiber_take(hand->crew);
#if defined(__SANITIZE_THREAD__)
    hand->home_sanitizer = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(hand->runs->sanitizer, 0);
#elif defined(__SANITIZE_ADDRESS__)
    __sanitizer_start_switch_fiber(&hand->home_sanitizer, hand->runs->stack, hand->crew->plan.stack_bytes);
#endif
    (void)swapcontext(&hand->home, &hand->runs->context);
    settle();
    return NULL;
}

/* ---- what base/fiber.c asks for ---- */

bool crew_sleep(struct sleeper *sleeper, uint32_t state, int64_t until_us)
{
    struct fiber *fiber = sleeper->fiber;
    fiber->late = false;
    switch_to(fiber_take(fiber->crew), sleeper, state, until_us);
    return !fiber->late;
}

void crew_wake(struct sleeper *sleeper, uint32_t state)
{
    struct fiber *fiber = sleeper->fiber;
    struct crew *crew = fiber->crew;
    pthread_mutex_lock(&crew->lock);
    atomic_store_explicit(&sleeper->state, state, memory_order_release);
    if (fiber->asleep == sleeper)
        rouse(crew, fiber);
    attend(crew);
    pthread_mutex_unlock(&crew->lock);
}

static bool watch(struct crew *crew, int fd, uint32_t events, struct crew_task *task, uint64_t nth)
{
    struct epoll_event event = {.events = events | EPOLLONESHOT, .data = {.u64 = (uintptr_t)task | nth << NTH_BIT}};
    return epoll_ctl(crew->epoll, EPOLL_CTL_MOD, fd, &event) == 0 ||
           (errno == ENOENT && epoll_ctl(crew->epoll, EPOLL_CTL_ADD, fd, &event) == 0);
}

bool crew_watch_for(struct fiber *fiber, int fd, uint32_t events)
{
    if (events == 0)
        return epoll_ctl(fiber->crew->epoll, EPOLL_CTL_DEL, fd, NULL) == 0;
    pthread_mutex_lock(&fiber->crew->lock);
    fiber->nth++;
    fiber->came = 0;
    sleeper_init(&fiber->for_fd, FD_WAITS);
    pthread_mutex_unlock(&fiber->crew->lock);
    return watch(fiber->crew, fd, events, &fiber->task, fiber->nth);
}

bool crew_watch(struct crew *crew, int fd, struct crew_task *task)
{
    return watch(crew, fd, EPOLLIN | EPOLLRDHUP, task, 0);
}

void crew_yield(void)
{
    struct fiber *fiber = crew_fiber();
    if (fiber == NULL)
        return;
    pthread_mutex_lock(&fiber->crew->lock);
    bool alone = next_line(fiber->crew) == NULL;
    pthread_mutex_unlock(&fiber->crew->lock);
    if (!alone)
        switch_to(fiber_take(fiber->crew), &yields, 0, 0);
}

/* So many block at once that there are threads left for the others. */
static void blocked(struct crew *crew, bool begins)
{
    int most = crew->plan.threads_max - crew->at_work_max;
    if (most < 1)
        most = 1;
    pthread_mutex_lock(&crew->block_lock);
    while (begins && crew->blocked_n >= most)
        (void)fiber_cond_wait(&crew->unblocked, &crew->block_lock, 0);
    crew->blocked_n += begins ? 1 : -1;
    if (!begins)
        fiber_cond_signal(&crew->unblocked);
    pthread_mutex_unlock(&crew->block_lock);
}

void crew_block(bool begins)
{
    struct fiber *fiber = crew_fiber();
    if (fiber == NULL)
        return;
    struct crew *crew = fiber->crew;
    blocked(crew, begins);
    here()->blocks = begins;
    pthread_mutex_lock(&crew->lock);
    crew->at_work += begins ? -1 : 1;
    if (begins && crew->at_work == crew->looks_out && (next_line(crew) || !crew->looks_out))
        call_one(crew);
    pthread_mutex_unlock(&crew->lock);
}

/* ---- beginning and end ---- */

enum souk_err crew_start(const struct crew_plan *plan, struct crew **out)
{
    assert(plan->threads_max > 0);
    struct crew *crew = *out = calloc(1, sizeof *crew + (size_t)plan->threads_max * sizeof crew->hands[0]);
    if (crew == NULL)
        return SOUK_INTERNAL;
    pthread_mutexattr_t adaptive;
    pthread_mutexattr_init(&adaptive);
    pthread_mutexattr_settype(&adaptive, PTHREAD_MUTEX_ADAPTIVE_NP);
    pthread_mutex_init(&crew->lock, &adaptive);
    pthread_mutexattr_destroy(&adaptive);
    pthread_mutex_init(&crew->block_lock, NULL);
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    crew->plan = *plan;
    crew->at_work_max = processors > 2 ? (int)processors : 2;
    crew->epoll = epoll_create1(EPOLL_CLOEXEC);
    crew->kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = NULL}};
    bool good = crew->epoll >= 0 && crew->kick >= 0 && epoll_ctl(crew->epoll, EPOLL_CTL_ADD, crew->kick, &event) == 0;
    pthread_mutex_lock(&crew->lock);
    if (good)
        call_one(crew);
    good = crew->hands_n > 0;
    pthread_mutex_unlock(&crew->lock);
    if (good)
        return SOUK_OK;
    crew_end(crew);
    *out = NULL;
    return SOUK_INTERNAL;
}

void crew_look(struct crew *crew)
{
    pthread_mutex_lock(&crew->lock);
    if (crew->taken_n == crew->taken_seen && (next_line(crew) || !crew->looks_out))
        call_one(crew);
    crew->taken_seen = crew->taken_n;
    pthread_mutex_unlock(&crew->lock);
}

void crew_end(struct crew *crew)
{
    if (crew == NULL)
        return;
    pthread_mutex_lock(&crew->lock);
    crew->ended = true;
    while (crew->resting)
        call_one(crew);
    kick(crew);
    pthread_mutex_unlock(&crew->lock);
    for (int i = 0; i < crew->hands_n; i++)
        pthread_join(crew->hands[i].thread, NULL);
    fibers_free(crew->spare);
    fibers_free(crew->over);
    if (crew->epoll >= 0)
        close(crew->epoll);
    if (crew->kick >= 0)
        close(crew->kick);
    pthread_mutex_destroy(&crew->lock);
    pthread_mutex_destroy(&crew->block_lock);
    free(crew);
}
