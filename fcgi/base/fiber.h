/* Waiting without holding a thread.
 *
 * Under a crew (base/crew.h) each task runs on a stack of its own, a fiber, and what waits by these functions leaves its
 * thread to others meanwhile; it may go on in another thread. Outside of a crew the same functions wait as threads do.
 * So: no mutex is held across a wait, and nothing thread-local is kept from before it to after it. Whatever else blocks
 * (a calculation of many milliseconds, a library that waits by itself) says so with fiber_blocks(), and another
 * thread takes over until fiber_goes_on().
 */
#ifndef SOUK_BASE_FIBER_H
#define SOUK_BASE_FIBER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct fiber;

/* Where one waits for another's word: a state that only the others change while it sleeps. On the stack of who waits. */
struct sleeper {
    _Atomic uint32_t state;
    struct fiber *fiber; /* who waits; NULL: a thread */
};

/* Of the caller, who alone may wait there. */
void sleeper_init(struct sleeper *sleeper, uint32_t state);

/* Sleeps while the state is `state`, at most until `until_us` (clock_us() scale; 0: for ever). False: the time is over. */
bool sleeper_wait(struct sleeper *sleeper, uint32_t state, int64_t until_us);

/* Changes the state and wakes who waits there, who may be gone at once: it is not touched afterwards. */
void sleeper_wake(struct sleeper *sleeper, uint32_t state);

/* The state as it is now; what was written before it was set can be read. */
uint32_t sleeper_state(const struct sleeper *sleeper);

/* A condition, as pthread_cond_t is one. Zero-initialised; nothing to release. All of it under the mutex it goes with. */
struct fiber_cond {
    struct fiber_cond_waiter *first, *last;
};

/* Gives the mutex back, waits to be signalled, and takes the mutex again. False: `until_us` came first. */
bool fiber_cond_wait(struct fiber_cond *cond, pthread_mutex_t *mutex, int64_t until_us);
void fiber_cond_signal(struct fiber_cond *cond); /* who waits longest */
void fiber_cond_broadcast(struct fiber_cond *cond);

/* Waits until the descriptor is ready for one of `events` (of poll(2)). What came, errors and hang-ups among it; 0: `until_us`
 * came first. One waits for a descriptor at a time. */
short fiber_poll(int fd, short events, int64_t until_us);

/* Pauses for `us` microseconds. */
void fiber_pause(int64_t us);

/* Lets whatever is ready to run go first. At once back when nothing is. */
void fiber_yield(void);

/* Around what blocks the thread. */
void fiber_blocks(void);
void fiber_goes_on(void);

/* What belongs to the running fiber, or to the thread outside of a crew; NULL at first. */
enum { FIBER_SLOTS = 2 };
void **fiber_slots(void);

#endif
