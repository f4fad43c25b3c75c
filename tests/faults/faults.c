/* A library to preload: it counts what a program asks of the system, and lets one call fail, or ends the process there.
 *
 * A point is a kind of call, a file and a number: the number counts calls of that kind for that file, so that a
 * repeated run meets the same point. The kinds are open (to read), create (to write), read, write, rename, fsync, mmap,
 * mkdir, thread and process. Only files below the folder FAULTS_BELOW count; pipes, memory, threads and processes count
 * by their kind. The random part of a temporary name is left out.
 *
 *   FAULTS_LOG=file      writes a line "kind file" for each call
 *   FAULTS_POINT="kind file" FAULTS_NUMBER=n FAULTS_ERROR=errno FAULTS_COUNTER=file
 *                        lets the n-th such call fail, or kills the process where FAULTS_ERROR is 0; the counter is a
 * file of 4 zero bytes, which all processes of a run share
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>

static const char *below, *log_name, *wanted;
static unsigned wanted_number;
static int wanted_error;
static atomic_uint* counter;

#define REAL(name)               \
  static __typeof__(&name) real; \
  if (!real) *(void**)&real = dlsym(RTLD_NEXT, #name)

static int raw_open(const char* path, int flags) { return (int)syscall(SYS_openat, AT_FDCWD, path, flags, 0644); }

__attribute__((constructor)) static void set_up(void) {
  below = getenv("FAULTS_BELOW");
  log_name = getenv("FAULTS_LOG");
  wanted = getenv("FAULTS_POINT");
  if (!wanted) return;
  wanted_number = (unsigned)atoi(getenv("FAULTS_NUMBER"));
  wanted_error = atoi(getenv("FAULTS_ERROR"));
  const int file = raw_open(getenv("FAULTS_COUNTER"), O_RDWR | O_CLOEXEC);
  counter = (atomic_uint*)syscall(SYS_mmap, NULL, sizeof(*counter), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  syscall(SYS_close, file);
}

/* What a kind of opening can do to the file system: "create" makes or changes a file, "open" reads one. */
static const char* kind_of(int flags) {
  return (flags & (O_CREAT | O_TRUNC)) || (flags & O_ACCMODE) != O_RDONLY ? "create" : "open";
}

/* The file without what is made up in its name; 0 where it doesn't count. */
static int plain_name(const char* path, char* name) {
  static const char mark[] = ".partial.";
  const size_t length = below ? strlen(below) : 0;
  if (strncmp(path, "pipe:", 5) == 0 || strncmp(path, "/memfd:", 7) == 0) {
    strcpy(name, path[0] == 'p' ? "pipe" : "memory");
    return 1;
  }
  if (!length || strncmp(path, below, length) != 0 || path[length] != '/') return 0;
  snprintf(name, PATH_MAX, "%s", path + length + 1);
  for (char* found = name; (found = strstr(found, mark));) {
    found += sizeof(mark) - 1;
    size_t made_up = strspn(found, "0123456789abcdef");
    memmove(found, found + made_up, strlen(found + made_up) + 1);
  }
  return 1;
}

/* True where this call has to fail, with errno set. */
static int fails(const char* kind, const char* path) {
  if (!log_name && !wanted) return 0;
  char point[PATH_MAX + 16], name[PATH_MAX];
  if (!path) {
    name[0] = 0;
  } else if (!plain_name(path, name)) {
    return 0;
  }
  snprintf(point, sizeof(point), "%s %s", kind, name);
  if (log_name) {
    const int file = (int)syscall(SYS_openat, AT_FDCWD, log_name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    strcat(point, "\n");
    syscall(SYS_write, file, point, strlen(point));
    syscall(SYS_close, file);
    return 0;
  }
  if (strcmp(point, wanted) != 0 || atomic_fetch_add(counter, 1) + 1 != wanted_number) return 0;
  if (wanted_error == 0) kill(getpid(), SIGKILL);
  errno = wanted_error;
  return 1;
}

static int fails_at(const char* kind, int folder, const char* path) {
  char whole[PATH_MAX], entry[64];
  if (!path) return 0;
  if (path[0] == '/') return fails(kind, path);
  ssize_t length = 0;
  if (folder == AT_FDCWD) {
    if (syscall(SYS_getcwd, whole, sizeof(whole) - 1) < 0) return 0;
    length = (ssize_t)strlen(whole);
  } else {
    snprintf(entry, sizeof(entry), "/proc/self/fd/%d", folder);
    length = syscall(SYS_readlinkat, AT_FDCWD, entry, whole, sizeof(whole) - 1);
    if (length < 0) return 0;
  }
  snprintf(whole + length, sizeof(whole) - (size_t)length, "/%s", path);
  return fails(kind, whole);
}

static int fails_on(const char* kind, int descriptor) {
  char entry[64], path[PATH_MAX];
  if (descriptor <= 2) return 0;
  snprintf(entry, sizeof(entry), "/proc/self/fd/%d", descriptor);
  const ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, entry, path, sizeof(path) - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return fails(kind, path);
}

#define MODE                                                   \
  int mode = 0;                                                \
  if ((flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE) { \
    va_list list;                                              \
    va_start(list, flags);                                     \
    mode = va_arg(list, int);                                  \
    va_end(list);                                              \
  }

int open(const char* path, int flags, ...) {
  MODE;
  REAL(open);
  return fails_at(kind_of(flags), AT_FDCWD, path) ? -1 : real(path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  MODE;
  REAL(open64);
  return fails_at(kind_of(flags), AT_FDCWD, path) ? -1 : real(path, flags, mode);
}
int openat(int folder, const char* path, int flags, ...) {
  MODE;
  REAL(openat);
  return fails_at(kind_of(flags), folder, path) ? -1 : real(folder, path, flags, mode);
}
int openat64(int folder, const char* path, int flags, ...) {
  MODE;
  REAL(openat64);
  return fails_at(kind_of(flags), folder, path) ? -1 : real(folder, path, flags, mode);
}
FILE* fopen(const char* path, const char* mode) {
  REAL(fopen);
  return fails_at(mode[0] == 'r' ? "open" : "create", AT_FDCWD, path) ? NULL : real(path, mode);
}
FILE* fopen64(const char* path, const char* mode) {
  REAL(fopen64);
  return fails_at(mode[0] == 'r' ? "open" : "create", AT_FDCWD, path) ? NULL : real(path, mode);
}
ssize_t read(int descriptor, void* bytes, size_t count) {
  REAL(read);
  return fails_on("read", descriptor) ? -1 : real(descriptor, bytes, count);
}
ssize_t pread(int descriptor, void* bytes, size_t count, off_t place) {
  REAL(pread);
  return fails_on("read", descriptor) ? -1 : real(descriptor, bytes, count, place);
}
ssize_t pread64(int descriptor, void* bytes, size_t count, off64_t place) {
  REAL(pread64);
  return fails_on("read", descriptor) ? -1 : real(descriptor, bytes, count, place);
}
ssize_t write(int descriptor, const void* bytes, size_t count) {
  REAL(write);
  return fails_on("write", descriptor) ? -1 : real(descriptor, bytes, count);
}
ssize_t writev(int descriptor, const struct iovec* parts, int count) {
  REAL(writev);
  return fails_on("write", descriptor) ? -1 : real(descriptor, parts, count);
}
ssize_t pwrite(int descriptor, const void* bytes, size_t count, off_t place) {
  REAL(pwrite);
  return fails_on("write", descriptor) ? -1 : real(descriptor, bytes, count, place);
}
ssize_t pwrite64(int descriptor, const void* bytes, size_t count, off64_t place) {
  REAL(pwrite64);
  return fails_on("write", descriptor) ? -1 : real(descriptor, bytes, count, place);
}
int ftruncate(int descriptor, off_t size) {
  REAL(ftruncate);
  return fails_on("write", descriptor) ? -1 : real(descriptor, size);
}
int ftruncate64(int descriptor, off64_t size) {
  REAL(ftruncate64);
  return fails_on("write", descriptor) ? -1 : real(descriptor, size);
}
int fsync(int descriptor) {
  REAL(fsync);
  return fails_on("fsync", descriptor) ? -1 : real(descriptor);
}
int rename(const char* from, const char* to) {
  REAL(rename);
  return fails_at("rename", AT_FDCWD, to) ? -1 : real(from, to);
}
int mkdir(const char* path, mode_t mode) {
  REAL(mkdir);
  return fails_at("mkdir", AT_FDCWD, path) ? -1 : real(path, mode);
}
void* mmap(void* place, size_t size, int protection, int flags, int descriptor, off_t offset) {
  REAL(mmap);
  return descriptor >= 0 && fails_on("mmap", descriptor) ? MAP_FAILED
                                                         : real(place, size, protection, flags, descriptor, offset);
}
void* mmap64(void* place, size_t size, int protection, int flags, int descriptor, off64_t offset) {
  REAL(mmap64);
  return descriptor >= 0 && fails_on("mmap", descriptor) ? MAP_FAILED
                                                         : real(place, size, protection, flags, descriptor, offset);
}
int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*run)(void*), void* argument) {
  REAL(pthread_create);
  return fails("thread", NULL) ? errno : real(thread, attributes, run, argument);
}
int posix_spawn(pid_t* process, const char* path, const posix_spawn_file_actions_t* actions,
                const posix_spawnattr_t* attributes, char* const* arguments, char* const* environment) {
  REAL(posix_spawn);
  return fails("process", NULL) ? errno : real(process, path, actions, attributes, arguments, environment);
}
