// SPDX-License-Identifier: MPL-2.0
/*
 * serai-supervisor: owns one task process while agents come and go.
 *
 * Reads a specification from fd 0 (format: ../spec.ts), starts the task, answers on fd 1 with
 *   "ok <pid> <start> <own pid> <own start>\n"  or  "error <step> <errno>\n"
 * and then: moves the task's output into rotated files, takes commands from the FIFO `ctl`, reaps everything the task
 * leaves behind (it is a subreaper), writes `exit` when the task ends, kills what is left of it, and ends.
 * An agent sees that it lives by the FIFO `alive`, of which it holds the writing end and never writes.
 *
 * No libc, no heap, no parsing of anything a task can influence except names in the log directory.
 */
#include "sys.h"

enum {
  maxSpecBytes = 4 << 20,  /* of arguments and environment; the kernel takes no more either */
  bufferBytes = 64 << 10,  /* what a pipe holds */
  reservedBytes = 256,     /* of the exit file, so that a full disk can't swallow the exit code */
  killRounds = 500,        /* x 10 ms: how long to wait for processes that don't die of SIGKILL */
  maxLogIndex = 999999999, /* of a log file's name that is believed */
  maxSkips = 16,           /* log names in a row that something unusable stands in for */
  lastPumps = 1024,        /* reads of what is left in the pipes at the end, of 64 KiB each */
  commandKillAll = 255     /* in `ctl`; any other byte is the number of a signal for the task */
};

struct stream {
  char kind[8];    /* "stdout" or "stderr" */
  int pipe;        /* reading end, -1: closed */
  int file;        /* current log file, -1: none */
  u64 index, size; /* of the current log file */
};

static struct {
  char *stateDir, *logRoot, *logPath, *logName, *command, *cwd, *cgroup, *boot;
  char **argv, **envp;
  u32 *groups;
  u64 groupCount, uid, gid, maxBytes, maxFiles;
  int hasIdentity;
} spec;

static char buffer[bufferBytes];
static char text[1024];
static int stateFd = -1, logFd = -1, exitFd = -1, controlFd = -1, signalFd = -1, killFd = -1;
static struct stream streams[2] = {{"stdout", -1, -1, 0, 0}, {"stderr", -1, -1, 0, 0}};
static long taskPid;
static char logName[256], cgroupPath[512];
static char *specData;
static u64 specBytes, pointerBytes;
static u64 droppedBytes;
static int taskEnded, childrenGone;

/* gcc calls these for plain C code, too */
void *memset(void *to, int byte, u64 count) {
  for (u64 i = 0; i < count; i++) ((volatile char *)to)[i] = (char)byte;
  return to;
}
void *memcpy(void *to, const void *from, u64 count) {
  for (u64 i = 0; i < count; i++) ((volatile char *)to)[i] = ((const char *)from)[i];
  return to;
}

static u64 length(const char *s) {
  u64 n = 0;
  while (s[n]) n++;
  return n;
}

/* --- text in `text` --- */

static char *put(char *at, const char *s) {
  while (*s && at < text + sizeof text - 1) *at++ = *s++;
  *at = 0;
  return at;
}

static char *putNumber(char *at, u64 value) {
  char digits[24];
  int n = 0;
  do digits[n++] = (char)('0' + value % 10);
  while (value /= 10);
  while (n > 0 && at < text + sizeof text - 1) *at++ = digits[--n];
  *at = 0;
  return at;
}

/* Number at `s`, and where it ends. */
static u64 number(const char *s, const char **end) {
  u64 value = 0;
  while (*s >= '0' && *s <= '9') value = value * 10 + (u64)(*s++ - '0');
  if (end) *end = s;
  return value;
}

static void writeAll(int fd, const char *data, u64 count) {
  while (count > 0) {
    long n = C3(write, fd, data, count);
    if (n <= 0) return;
    data += n;
    count -= (u64)n;
  }
}

static __attribute__((noreturn)) void leave(int code) {
  for (;;) C1(exit_group, code);
}

static void removeState(const char *name) { C3(unlinkat, stateFd, name, 0); }

/* Tells the agent why nothing was started. */
static __attribute__((noreturn)) void fail(const char *step, long error) {
  if (stateFd >= 0) {
    removeState("alive");
    removeState("ctl");
    removeState("exit.tmp");
    removeState("pid.tmp");
  }
  char *at = put(text, "error ");
  at = put(put(at, step), " ");
  at = put(putNumber(at, (u64)-error), "\n");
  writeAll(1, text, (u64)(at - text));
  leave(1);
}

/* --- specification --- */

static u64 readFully(int fd, char *to, u64 count) {
  u64 have = 0;
  while (have < count) {
    long n = C3(read, fd, to + have, count - have);
    if (n <= 0) break;
    have += (u64)n;
  }
  return have;
}

static char *map(u64 bytes) {
  long at = call_mmap(bytes);
  if (at < 0 && at > -4096) fail("memory", at);
  return (char *)at;
}

/* One field: its first character says what it is. */
static void takeField(char *field, u64 *argc, u64 *envc) {
  char *value = field + 1;
  switch (*field) {
    case 'S': spec.stateDir = value; break;
    case 'L': spec.logRoot = value; break;
    case 'l': spec.logPath = value; break;
    case 'N': spec.logName = value; break;
    case 'm': spec.maxBytes = number(value, 0); break;
    case 'n': spec.maxFiles = number(value, 0); break;
    case 'c': spec.command = value; break;
    case 'd': spec.cwd = value; break;
    case 'C': spec.cgroup = value; break;
    case 'b': spec.boot = value; break;
    case 'u': spec.uid = number(value, 0); spec.hasIdentity = 1; break;
    case 'g': spec.gid = number(value, 0); break;
    case 'G': spec.groups[spec.groupCount++] = (u32)number(value, 0); break;
    case 'a': spec.argv[(*argc)++] = value; break;
    case 'e': spec.envp[(*envc)++] = value; break;
    default: fail("specification", -EPROTO_);
  }
}

/* "<8 digits: bytes that follow>" and that many bytes of NUL-terminated fields. */
static void readSpec(void) {
  char header[9] = {0};
  if (readFully(0, header, 8) != 8) fail("specification", -EPROTO_);
  u64 bytes = number(header, 0), fields = 0;
  if (bytes < 1 || bytes > maxSpecBytes) fail("specification", -EPROTO_);
  char *data = map(bytes);
  if (readFully(0, data, bytes) != bytes || data[bytes - 1] != 0) fail("specification", -EPROTO_);
  for (u64 i = 0; i < bytes; i++) fields += data[i] == 0;
  specData = data;
  specBytes = bytes;
  pointerBytes = (fields + 2) * 2 * sizeof(char *) + fields * sizeof(u32);
  spec.argv = (char **)map(pointerBytes);
  spec.envp = spec.argv + fields + 2;
  spec.groups = (u32 *)(spec.envp + fields + 2);
  u64 argc = 0, envc = 0;
  for (u64 i = 0; i < bytes; i += length(data + i) + 1) takeField(data + i, &argc, &envc);
  if (!spec.stateDir || !spec.command || !spec.cwd || !spec.boot || argc == 0) fail("specification", -EPROTO_);
  if (spec.logRoot && (!spec.logPath || !spec.logName || !spec.maxBytes || !spec.maxFiles))
    fail("specification", -EPROTO_);
  if (spec.logName && length(spec.logName) >= sizeof logName) fail("specification", -EPROTO_);
  if (spec.logName) memcpy(logName, spec.logName, length(spec.logName) + 1);
  if (spec.cgroup && length(spec.cgroup) >= sizeof cgroupPath) fail("specification", -EPROTO_);
  if (spec.cgroup) memcpy(cgroupPath, spec.cgroup, length(spec.cgroup) + 1);
}

/* Arguments and environment may be megabytes; after the start nobody needs them here. */
static void forgetSpec(void) {
  C2(munmap, spec.argv, pointerBytes);
  C2(munmap, specData, specBytes);
}

/* --- state directory --- */

/* Field 22 of /proc/<pid>/stat: with the pid it names a process for ever (until the next boot). */
static u64 startTime(long pid) {
  char stat[1024];
  putNumber(put(text, "/proc/"), (u64)pid);
  put(text + length(text), "/stat");
  long fd = C3(openat, AT_FDCWD, text, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  long n = C3(read, fd, stat, sizeof stat - 1);
  C1(close, fd);
  if (n <= 0) return 0;
  stat[n] = 0;
  /* the name in parentheses may hold anything: fields are counted from the last ')' */
  long at = n;
  while (at > 0 && stat[at] != ')') at--;
  for (int spaces = 0; at < n && spaces < 20; at++) spaces += stat[at] == ' ';
  return number(stat + at, 0);
}

static int makeFifo(const char *name) {
  long r = C4(mknodat, stateFd, name, S_IFIFO_ | 0600, 0);
  if (r < 0) fail("state", r);
  r = C3(openat, stateFd, name, O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
  if (r < 0) fail("state", r);
  return (int)r;
}

static void openState(void) {
  long r = C3(openat, AT_FDCWD, spec.stateDir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (r < 0) fail("state", r);
  stateFd = (int)r;
  removeState("pid");
  removeState("exit");
  removeState("exit.tmp");
  removeState("pid.tmp");
  removeState("alive");
  removeState("ctl");
  r = C4(openat, stateFd, "exit.tmp", O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (r < 0) fail("state", r);
  exitFd = (int)r;
  memset(buffer, '\n', reservedBytes);
  r = C3(write, exitFd, buffer, reservedBytes);
  if (r != reservedBytes) fail("state", r < 0 ? r : -28);
  controlFd = makeFifo("ctl");
  makeFifo("alive");
}

/* `pid`: what another agent needs to find us again. Answers the agent that waits with the same facts. */
static void recordStart(void) {
  u64 own = (u64)C0(getpid), ownStart = startTime((long)own), start = startTime(taskPid);
  char *at = putNumber(put(text, "pid="), (u64)taskPid);
  at = putNumber(put(at, "\nstart="), start);
  at = putNumber(put(at, "\nsupervisor="), own);
  at = putNumber(put(at, "\nsupervisor_start="), ownStart);
  at = put(put(put(at, "\nboot="), spec.boot), "\n");
  if (*cgroupPath) at = put(put(put(at, "cgroup="), cgroupPath), "\n");
  long fd = C4(openat, stateFd, "pid.tmp", O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
  long wrote = fd < 0 ? fd : C3(write, fd, text, at - text);
  if (wrote == at - text) wrote = C4(renameat, stateFd, "pid.tmp", stateFd, "pid");
  if (wrote < 0) {
    C2(kill, taskPid, SIGKILL_);
    C4(wait4, taskPid, 0, 0, 0);
    fail("state", wrote);
  }
  C1(close, fd);
  at = putNumber(put(putNumber(put(text, "ok "), (u64)taskPid), " "), start);
  at = put(putNumber(put(putNumber(put(at, " "), own), " "), ownStart), "\n");
  writeAll(1, text, (u64)(at - text));
}

/* Not synced to disk: when the machine goes down, the task went with it and its exit code means nothing. */
static void recordExit(int status, const struct rusage_ *usage) {
  char *at = putNumber(put(text, "status="), (u64)(u32)status);
  at = putNumber(put(at, "\nmaxrss_kb="), (u64)usage->maxrss_kb);
  at = putNumber(put(at, "\nuser_us="), (u64)(usage->user_s * 1000000 + usage->user_us));
  at = putNumber(put(at, "\nsystem_us="), (u64)(usage->system_s * 1000000 + usage->system_us));
  at = put(putNumber(put(at, "\ndropped_log_bytes="), droppedBytes), "\n");
  C4(pwrite64, exitFd, text, at - text, 0);
  C2(ftruncate, exitFd, at - text);
  C4(renameat, stateFd, "exit.tmp", stateFd, "exit");
}

/* --- log files: <name>.<kind>.<index>, the highest index is written to --- */

static char *logFileName(const struct stream *s, u64 index) {
  char *at = put(put(text, logName), ".");
  putNumber(put(put(at, s->kind), "."), index);
  return text;
}

/* Index of a directory entry that is one of the stream's files; -1 for any other. */
static long logIndexOf(const struct stream *s, const char *name) {
  const char *end, *a = logName, *b = s->kind;
  for (; *a; a++)
    if (*name++ != *a) return -1;
  if (*name++ != '.') return -1;
  for (; *b; b++)
    if (*name++ != *b) return -1;
  if (*name++ != '.' || *name < '0' || *name > '9' || length(name) > 9) return -1;
  u64 index = number(name, &end);
  return *end || index > maxLogIndex ? -1 : (long)index;
}

/* Highest index there is, or -1. Removes files that are too old when `keepFrom` >= 0. */
static long scanLogs(const struct stream *s, long keepFrom) {
  long highest = -1, count;
  long fd = C3(openat, logFd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return -1;
  while ((count = C3(getdents64, fd, buffer, bufferBytes)) > 0)
    for (long at = 0; at < count;) {
      struct dirent64_ *entry = (struct dirent64_ *)(buffer + at);
      long index = logIndexOf(s, entry->name);
      if (index > highest) highest = index;
      if (index >= 0 && index < keepFrom) C3(unlinkat, logFd, entry->name, 0);
      at += entry->length;
    }
  C1(close, fd);
  return highest;
}

/* Type, links and size of a name in the log directory, or of an open file when the name is empty. */
static int isPlainFile(int fd, const char *name, u64 *size) {
  struct statx_ st;
  long r = C5(statx, fd, name, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH, STATX_TYPE_NLINK_SIZE, &st);
  if (r < 0) return r == -ENOENT_ ? -1 : 0;
  *size = st.size;
  return (st.mode & S_IFMT_) == S_IFREG_ && st.nlink == 1;
}

/*
 * Opens the file of an index for appending. A task may write to the directory: whatever is no plain file with one name
 * (a link to somewhere, a FIFO nobody reads) is removed or passed over, never written to.
 */
static int openLog(struct stream *s, u64 index) {
  char *name = logFileName(s, index);
  u64 size = 0;
  if (isPlainFile(logFd, name, &size) == 0) C3(unlinkat, logFd, name, 0);
  long fd = C4(openat, logFd, name, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0644);
  if (fd < 0) return (int)fd;
  if (isPlainFile((int)fd, "", &size) != 1) {
    C1(close, fd);
    return -ELOOP_;
  }
  s->file = (int)fd;
  s->index = index;
  s->size = size;
  return 0;
}

/* Goes to the first index from `index` on that can be written to and has room; makes room for it first. */
static int nextLog(struct stream *s, u64 index) {
  if (s->file >= 0) C1(close, s->file);
  s->file = -1;
  for (int skips = 0; skips < maxSkips; index++) {
    if (index >= spec.maxFiles) C3(unlinkat, logFd, logFileName(s, index - spec.maxFiles), 0);
    int r = openLog(s, index);
    if (r == -EISDIR_ || r == -ELOOP_) {
      skips++;
      continue;
    }
    if (r < 0) break;
    if (s->size < spec.maxBytes) return 1;
    C1(close, s->file);
    s->file = -1;
    skips++;
  }
  s->index = index;
  return 0;
}

static void firstLog(struct stream *s) {
  long highest = scanLogs(s, -1);
  if (highest < 0) highest = 0;
  scanLogs(s, highest - (long)spec.maxFiles + 1);
  nextLog(s, (u64)highest);
}

/* How much of the data goes into the current file: what fits, cut after a line's end where there is one. */
static u64 portion(const struct stream *s, const char *data, u64 count) {
  u64 room = spec.maxBytes - s->size;
  if (count <= room) return count;
  for (u64 i = room; i > 0; i--)
    if (data[i - 1] == '\n') return i;
  return room;
}

/* A full or broken disk costs output, never the task's progress. */
static void writeLog(struct stream *s, const char *data, u64 count) {
  while (count > 0) {
    int usable = s->file < 0 ? nextLog(s, s->index) : s->size < spec.maxBytes || nextLog(s, s->index + 1);
    if (!usable) {
      droppedBytes += count;
      return;
    }
    u64 part = portion(s, data, count);
    long wrote = C3(write, s->file, data, part);
    if (wrote <= 0) {
      droppedBytes += count;
      return;
    }
    data += wrote;
    count -= (u64)wrote;
    s->size += (u64)wrote;
    /* the rest did not fit: the cut is after a line's end where there is one */
    if (count > 0 && (u64)wrote == part) nextLog(s, s->index + 1);
  }
}

/* Opens the log directory name by name below a root that tasks can't change: no link is followed on the way. */
static void openLogs(void) {
  if (!spec.logRoot) return;
  long fd = C3(openat, AT_FDCWD, spec.logRoot, O_PATH | O_DIRECTORY | O_CLOEXEC);
  for (char *name = spec.logPath; fd >= 0 && *name;) {
    char *end = name;
    while (*end && *end != '/') end++;
    int last = *end == 0;
    *end = 0;
    long next = C3(openat, fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    C1(close, fd);
    fd = next;
    name = last ? end : end + 1;
  }
  if (fd < 0) fail("log directory", fd);
  logFd = (int)fd;
  firstLog(&streams[0]);
  firstLog(&streams[1]);
}

/* Moves what is in a pipe now. True when there was something. */
static int pump(struct stream *s) {
  if (s->pipe < 0) return 0;
  long n = C3(read, s->pipe, buffer, bufferBytes);
  if (n == -EAGAIN_) return 0;
  if (n <= 0) {
    C1(close, s->pipe);
    s->pipe = -1;
    return 0;
  }
  writeLog(s, buffer, (u64)n);
  return 1;
}

/* --- the task --- */

struct failure { long step, error; };
/* arrays, not pointers: so that the program needs no relocation */
static const char stepNames[][12] = {"cgroup", "session", "output", "groups", "group", "user", "directory", "exec"};
enum { stepCgroup, stepSession, stepOutput, stepGroups, stepGroup, stepUser, stepDirectory, stepExec };

static void must(int fd, long step, long result) {
  if (result >= 0) return;
  struct failure failure = {step, result};
  writeAll(fd, (const char *)&failure, sizeof failure);
  leave(127);
}

/* In the child, up to exec. `error` is the pipe that closes by itself when exec succeeds. */
static __attribute__((noreturn)) void becomeTask(int error, const int *output, int joinFd) {
  if (joinFd >= 0) must(error, stepCgroup, C3(write, joinFd, "0", 1));
  must(error, stepSession, C0(setsid));
  long null = C3(openat, AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC);
  must(error, stepOutput, null);
  must(error, stepOutput, C3(dup3, null, 0, 0));
  must(error, stepOutput, C3(dup3, output[0] >= 0 ? output[0] : null, 1, 0));
  must(error, stepOutput, C3(dup3, output[1] >= 0 ? output[1] : null, 2, 0));
  if (spec.hasIdentity) {
    must(error, stepGroups, C2(setgroups, spec.groupCount, spec.groups));
    must(error, stepGroup, C3(setresgid, spec.gid, spec.gid, spec.gid));
    must(error, stepUser, C3(setresuid, spec.uid, spec.uid, spec.uid));
  }
  /* after the change of user, which clears it: the task does not outlive a supervisor that is killed */
  C2(prctl, PR_SET_PDEATHSIG_, SIGKILL_);
  must(error, stepDirectory, C1(chdir, spec.cwd));
  u64 none = 0, action[8] = {0}; /* all zero: SIG_DFL */
  for (int signal = 1; signal <= 64; signal++) C4(rt_sigaction, signal, action, 0, 8);
  C4(rt_sigprocmask, 2, &none, 0, 8);
  must(error, stepExec, C3(execve, spec.command, spec.argv, spec.envp));
  leave(127);
}

static void makePipe(struct stream *s, int *writer) {
  int ends[2];
  long r = C2(pipe2, ends, O_CLOEXEC);
  if (r < 0) fail("output", r);
  C3(fcntl, ends[0], F_SETFL, O_NONBLOCK);
  /* so that the task may open /dev/stdout by name, too */
  if (spec.hasIdentity) C3(fchown, ends[1], spec.uid, spec.gid);
  s->pipe = ends[0];
  *writer = ends[1];
}

static int openCgroup(const char *file) {
  if (!*cgroupPath) return -1;
  put(put(put(text, cgroupPath), "/"), file);
  long fd = C3(openat, AT_FDCWD, text, O_WRONLY | O_CLOEXEC);
  return fd < 0 ? -1 : (int)fd;
}

static void startTask(void) {
  int output[2] = {-1, -1}, error[2];
  struct failure failure;
  if (spec.logRoot) {
    makePipe(&streams[0], &output[0]);
    makePipe(&streams[1], &output[1]);
  }
  killFd = openCgroup("cgroup.kill");
  int joinFd = openCgroup("cgroup.procs");
  if (*cgroupPath && joinFd < 0) fail("cgroup", -ENOENT_);
  long r = C2(pipe2, error, O_CLOEXEC);
  if (r < 0) fail("output", r);
  r = FORK();
  if (r < 0) fail("fork", r);
  if (r == 0) becomeTask(error[1], output, joinFd);
  taskPid = r;
  C1(close, error[1]);
  if (joinFd >= 0) C1(close, joinFd);
  for (int i = 0; i < 2; i++)
    if (output[i] >= 0) C1(close, output[i]);
  if (readFully(error[0], (char *)&failure, sizeof failure) == sizeof failure) {
    C4(wait4, taskPid, 0, 0, 0);
    fail(stepNames[failure.step], failure.error);
  }
  C1(close, error[0]);
}

/* --- after the start --- */

/* Everything the task started is a child of ours once its parent is dead: so killing children, again and again. */
static void killRest(void) {
  if (killFd >= 0) C3(write, killFd, "1", 1);
  putNumber(put(text, "/proc/self/task/"), (u64)C0(getpid));
  put(text + length(text), "/children");
  long fd = C3(openat, AT_FDCWD, text, O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    C2(kill, -taskPid, SIGKILL_);
    return;
  }
  long n = C3(read, fd, buffer, bufferBytes - 1);
  C1(close, fd);
  if (n <= 0) return;
  buffer[n] = 0;
  for (const char *at = buffer; *at;) {
    u64 pid = number(at, &at);
    /* the last number of a full buffer may be cut; killing that would hit someone else */
    if (pid > 1 && *at == ' ') C2(kill, pid, SIGKILL_);
    while (*at && (*at < '0' || *at > '9')) at++;
  }
}

static void reap(void) {
  struct rusage_ usage;
  int status;
  long pid;
  while ((pid = C4(wait4, -1, &status, WNOHANG_, &usage)) > 0)
    if (pid == taskPid && !taskEnded) {
      taskEnded = 1;
      recordExit(status, &usage);
    }
  childrenGone = pid == -ECHILD_;
}

static void obey(void) {
  u8 commands[64];
  long n = C3(read, controlFd, commands, sizeof commands);
  for (long i = 0; i < n; i++) {
    if (commands[i] == commandKillAll) killRest();
    else if (!taskEnded) C2(kill, taskPid, commands[i]);
  }
}

static void serve(void) {
  for (int rounds = 0; !(taskEnded && childrenGone) && rounds < killRounds;) {
    struct pollfd_ fds[4] = {{signalFd, POLLIN_, 0},
                             {controlFd, POLLIN_, 0},
                             {streams[0].pipe, POLLIN_, 0},
                             {streams[1].pipe, POLLIN_, 0}};
    struct timespec_ tick = {0, 10000000};
    long ready = C5(ppoll, fds, 4, taskEnded ? &tick : 0, 0, 8);
    if (fds[0].revents) C3(read, signalFd, buffer, 128);
    if (fds[1].revents) obey();
    if (fds[2].revents) pump(&streams[0]);
    if (fds[3].revents) pump(&streams[1]);
    reap();
    if (taskEnded && !childrenGone) {
      killRest();
      rounds += ready == 0;
    }
  }
  if (*cgroupPath) C3(unlinkat, AT_FDCWD, cgroupPath, AT_REMOVEDIR_);
  /* bounded: a process that is not ours may have been handed the pipe and go on writing */
  for (int i = 0; i < lastPumps && (pump(&streams[0]) | pump(&streams[1])); i++) {
  }
}

/* Free of what the agent was: its session, signals, directory and open files. */
static void detach(void) {
  C0(setsid);
  C1(umask, 022);
  C1(chdir, "/");
  if (C3(close_range, 3, ~0u, 0) < 0)
    for (int fd = 3; fd < 4096; fd++) C1(close, fd);
  C2(prctl, PR_SET_CHILD_SUBREAPER_, 1);
  u64 all = ~0ul, child = 1ul << (SIGCHLD_ - 1);
  C4(rt_sigprocmask, 2, &all, 0, 8);
  long r = C4(signalfd4, -1, &child, 8, O_NONBLOCK | O_CLOEXEC);
  if (r < 0) fail("signals", r);
  signalFd = (int)r;
}

/* The agent's pipes are let go: it must not notice our end by them, nor we its. */
static void closeAgent(void) {
  long null = C3(openat, AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; null >= 0 && fd < 3; fd++) C3(dup3, null, fd, 0);
  C1(close, null);
}

__attribute__((used, noreturn)) void supervisor_main(void) {
  detach();
  readSpec();
  openState();
  openLogs();
  startTask();
  recordStart();
  forgetSpec();
  closeAgent();
  serve();
  leave(0);
}

#ifdef SERAI_USE_LIBC
int main(void) { supervisor_main(); }
#endif
