// SPDX-License-Identifier: MPL-2.0
/*
 * System calls of Linux without a C library, for x86_64 and aarch64; with SERAI_USE_LIBC through the C library's
 * syscall() for any other 64-bit architecture. Every call returns a value >= 0 or -errno.
 */
#ifndef SERAI_SYS_H
#define SERAI_SYS_H

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long u64;

#ifdef SERAI_USE_LIBC
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>
#define NR(name) SYS_##name
#if __SIZEOF_LONG__ != 8
#error "serai-supervisor needs a 64-bit architecture"
#endif
static long call(long n, long a, long b, long c, long d, long e) {
  long r = syscall(n, a, b, c, d, e);
  return r < 0 ? -errno : r;
}
#else /* no libc */
#define NR(name) NR_##name
#define O_RDONLY 0
#define O_WRONLY 1
#define O_RDWR 2
#define O_CREAT 0100
#define O_TRUNC 01000
#define O_APPEND 02000
#define O_NONBLOCK 04000
#define O_CLOEXEC 02000000
#define O_PATH 010000000
#define AT_FDCWD -100
#define AT_SYMLINK_NOFOLLOW 0x100
#define AT_EMPTY_PATH 0x1000
#define F_SETFL 4
#if defined(__x86_64__)
#define O_DIRECTORY 0200000
#define O_NOFOLLOW 0400000
enum {
  NR_read = 0, NR_write = 1, NR_close = 3, NR_mmap = 9, NR_munmap = 11, NR_rt_sigaction = 13,
  NR_rt_sigprocmask = 14, NR_pwrite64 = 18, NR_getpid = 39, NR_clone = 56, NR_execve = 59, NR_wait4 = 61,
  NR_kill = 62, NR_fcntl = 72, NR_ftruncate = 77, NR_chdir = 80, NR_fchown = 93, NR_umask = 95, NR_setsid = 112,
  NR_setgroups = 116, NR_setresuid = 117, NR_setresgid = 119, NR_prctl = 157, NR_getdents64 = 217,
  NR_exit_group = 231, NR_openat = 257, NR_mknodat = 259, NR_unlinkat = 263, NR_renameat = 264, NR_ppoll = 271,
  NR_signalfd4 = 289, NR_dup3 = 292, NR_pipe2 = 293, NR_statx = 332, NR_close_range = 436
};
static long call(long n, long a, long b, long c, long d, long e) {
  long r;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  __asm__ volatile("syscall"
                   : "=a"(r)
                   : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                   : "rcx", "r11", "memory");
  return r;
}
/* mmap has a sixth argument, always 0 here */
static long call_mmap(u64 length) {
  long r;
  register long r10 __asm__("r10") = 0x22;
  register long r8 __asm__("r8") = -1;
  register long r9 __asm__("r9") = 0;
  __asm__ volatile("syscall"
                   : "=a"(r)
                   : "a"(NR_mmap), "D"(0), "S"(length), "d"(3), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return r;
}
__asm__(".globl _start\n_start:\n xor %ebp,%ebp\n and $-16,%rsp\n call supervisor_main\n");
#elif defined(__aarch64__)
#define O_DIRECTORY 040000
#define O_NOFOLLOW 0100000
enum {
  NR_dup3 = 24, NR_fcntl = 25, NR_mknodat = 33, NR_unlinkat = 35, NR_renameat = 38, NR_ftruncate = 46,
  NR_chdir = 49, NR_fchown = 55, NR_openat = 56, NR_close = 57, NR_pipe2 = 59, NR_getdents64 = 61, NR_read = 63,
  NR_write = 64, NR_pwrite64 = 68, NR_ppoll = 73, NR_signalfd4 = 74, NR_exit_group = 94, NR_kill = 129,
  NR_rt_sigaction = 134, NR_rt_sigprocmask = 135, NR_setresuid = 147, NR_setresgid = 149, NR_setsid = 157,
  NR_setgroups = 159, NR_umask = 166, NR_prctl = 167, NR_getpid = 172, NR_munmap = 215, NR_clone = 220,
  NR_execve = 221, NR_mmap = 222, NR_wait4 = 260, NR_statx = 291, NR_close_range = 436
};
static long call(long n, long a, long b, long c, long d, long e) {
  register long x8 __asm__("x8") = n;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
  return x0;
}
static long call_mmap(u64 length) {
  register long x8 __asm__("x8") = NR_mmap;
  register long x0 __asm__("x0") = 0;
  register long x1 __asm__("x1") = (long)length;
  register long x2 __asm__("x2") = 3;
  register long x3 __asm__("x3") = 0x22;
  register long x4 __asm__("x4") = -1;
  register long x5 __asm__("x5") = 0;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
}
__asm__(".globl _start\n_start:\n mov x29,#0\n mov x30,#0\n bl supervisor_main\n");
#else
#error "no system call table for this architecture: build with -DSERAI_USE_LIBC"
#endif
#endif

/* the same on all 64-bit architectures */
#define EAGAIN_ 11
#define ENOENT_ 2
#define ECHILD_ 10
#define EISDIR_ 21
#define ELOOP_ 40
#define EPROTO_ 71
#define SIGKILL_ 9
#define SIGCHLD_ 17
#define WNOHANG_ 1
#define AT_REMOVEDIR_ 0x200
#define POLLIN_ 1
#define PR_SET_PDEATHSIG_ 1
#define PR_SET_CHILD_SUBREAPER_ 36
#define S_IFMT_ 0170000
#define S_IFREG_ 0100000
#define S_IFIFO_ 0010000
#define STATX_TYPE_NLINK_SIZE 0x205 /* STATX_TYPE | STATX_NLINK | STATX_SIZE */

struct pollfd_ { int fd; short events, revents; };
struct timespec_ { long seconds, nanoseconds; };
/* the kernel's statx, as far as it is read here; the rest is padding */
struct statx_ { u32 mask, blksize; u64 attributes; u32 nlink, uid, gid; unsigned short mode, pad; u64 ino, size; u8 rest[208]; };
/* the kernel's rusage on 64-bit */
struct rusage_ { long user_s, user_us, system_s, system_us, maxrss_kb, rest[13]; };
struct dirent64_ { u64 ino, off; unsigned short length; u8 type; char name[]; };

#define C0(n) call(NR(n), 0, 0, 0, 0, 0)
#define C1(n, a) call(NR(n), (long)(a), 0, 0, 0, 0)
#define C2(n, a, b) call(NR(n), (long)(a), (long)(b), 0, 0, 0)
#define C3(n, a, b, c) call(NR(n), (long)(a), (long)(b), (long)(c), 0, 0)
#define C4(n, a, b, c, d) call(NR(n), (long)(a), (long)(b), (long)(c), (long)(d), 0)
#define C5(n, a, b, c, d, e) call(NR(n), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e))

#ifndef SERAI_USE_LIBC
#define FORK() C5(clone, SIGCHLD_, 0, 0, 0, 0)
#else
#include <sys/mman.h>
/* the arguments of clone are not in the same order everywhere */
#define FORK() fork()
static long call_mmap(u64 length) {
  void *p = mmap(0, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return p == MAP_FAILED ? -errno : (long)p;
}
#endif

#endif
