// Threads that share the work of one operation. TensorFlow's own cannot be reached from here, and
// OpenMP's go on spinning, and slow TensorFlow down, after the work is done; these sleep.
#pragma once
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <system_error>
#include <thread>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

class Threads {
 public:
  /** @param count threads that compute, the calling one included; fewer where the system refuses some */
  void setCount(int count) {
    std::lock_guard<std::mutex> one(job_);
    try {
      for (; started_ < count - 1; started_++) std::thread([this] { work(); }).detach();
    } catch (const std::system_error&) {
    }
    wanted_ = std::min(count, started_ + 1);
  }

  /**
   * Calls `item(i)` for each i from 0 to `items` − 1, in any order and on any thread, and returns when
   * all are done. No result depends on which thread computes it, so that the number of threads changes
   * no bit.
   */
  template <typename F> void run(int64_t items, const F& item) {
    if (items <= 1 || wanted_ <= 1 || items > kMostItems) {
      for (int64_t i = 0; i < items; i++) item(i);
      return;
    }
    std::lock_guard<std::mutex> one(job_); // Node's own threads may call at the same time
    item_ = &item;
    call_ = [](const void* f, int64_t i) { (*static_cast<const F*>(f))(i); };
    done_.store(0, std::memory_order_relaxed);
    generation_ = (generation_ + 1) & 0xffffff;
    state_.store(generation_ << 40 | uint64_t(items) << 20); // publishes what stands above
    if (sleeping_.load() > 0) {
      std::lock_guard<std::mutex> lock(mutex_);
      wake_.notify_all();
    }
    takeItems();
    for (int spins = 0; done_.load(std::memory_order_acquire) < items; spins++) {
      if (spins < kSpins) pause();
      else std::this_thread::yield(); // a thread lost its processor to another program
    }
  }

 private:
  static constexpr int64_t kMostItems = (1 << 20) - 1;
  static constexpr int kSpins = 20000; // some 100 µs, longer than between two operations

  /** Which job, how many items it has, and the next of them: one number, so that all change at once. */
  std::atomic<uint64_t> state_{0};
  std::atomic<int64_t> done_{0};
  std::atomic<int> sleeping_{0};
  uint64_t generation_ = 0;
  const void* item_ = nullptr;
  void (*call_)(const void*, int64_t) = nullptr;
  std::mutex job_, mutex_;
  std::condition_variable wake_;
  int started_ = 0;
  std::atomic<int> wanted_{1};

  static bool hasItems(uint64_t state) { return (state & kMostItems) < (state >> 20 & kMostItems); }

  static void pause() {
#if defined(__x86_64__)
    _mm_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
  }

  /** A job is not over, and `item_` not another one, before each item that was taken is done. */
  bool takeItems() {
    uint64_t state = state_.load();
    bool any = false;
    while (hasItems(state)) {
      if (!state_.compare_exchange_weak(state, state + 1)) continue;
      call_(item_, int64_t(state & kMostItems));
      done_.fetch_add(1, std::memory_order_release);
      any = true;
      state = state_.load();
    }
    return any;
  }

  void work() {
    for (int spins = 0;; spins++) {
      if (takeItems()) spins = 0;
      if (spins < kSpins) {
        pause();
        continue;
      }
      std::unique_lock<std::mutex> lock(mutex_);
      sleeping_.fetch_add(1);
      wake_.wait(lock, [this] { return hasItems(state_.load()); });
      sleeping_.fetch_sub(1);
      spins = 0;
    }
  }
};

/** Never freed: its threads may still sleep when the program ends. */
inline Threads& threads() {
  static Threads* all = new Threads;
  return *all;
}
