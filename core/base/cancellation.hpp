#pragma once

namespace goldilocks {

// One flag per process, set by the signal handler of the command line (async-signal-safe) and by tests.
void request_cancellation() noexcept;
void clear_cancellation() noexcept;
bool cancellation_requested() noexcept;

// Throws Interrupted if cancellation was requested. Long loops call it between units of work.
void throw_if_cancelled();

}  // namespace goldilocks
