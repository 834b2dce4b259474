/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobbyd-thumbnail"

#include "lobby-cage.h"

#include <errno.h>
#include <linux/landlock.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CPU_SEC 10
/* The decoders alone map some hundreds of MiB of code. */
#define ADDRESS_SPACE (G_GUINT64_CONSTANT (2) * 1024 * 1024 * 1024)
#define OUTPUT_BYTES (512 * 1024)
#define DESCRIPTORS 64
/* Linux 6.3; not in every libc's headers. */
#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif

static void
limit (int resource,
       rlim_t most)
{
  const struct rlimit both = { most, most };

  if (setrlimit ((__rlimit_resource_t)resource, &both) != 0)
    g_error ("setrlimit: %s", g_strerror (errno));
}

void
lobby_cage_enter (void)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  prctl (PR_SET_DUMPABLE, 0);
  /* No network, where anybody may have a namespace of his own. */
  if (unshare (CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC) != 0)
    g_debug ("unshare: %s", g_strerror (errno));
  if (nice (19) == -1)
    g_debug ("nice: %s", g_strerror (errno));
  limit (RLIMIT_CPU, CPU_SEC);
  limit (RLIMIT_FSIZE, OUTPUT_BYTES);
  limit (RLIMIT_CORE, 0);
#ifndef __SANITIZE_ADDRESS__ /* which maps terabytes */
  limit (RLIMIT_AS, ADDRESS_SPACE);
#endif
}

/* Landlock's first version; a kernel without it, or where it is off, has the limits only. */
static void
forbid_files (int input)
{
  const struct landlock_ruleset_attr all = { .handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1 };
  const struct landlock_path_beneath_attr readable = { .allowed_access = LANDLOCK_ACCESS_FS_READ_FILE, .parent_fd = input };
  int rules = (int)syscall (SYS_landlock_create_ruleset, &all, sizeof all, 0);

  if (rules < 0)
    return;
  if (syscall (SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &readable, 0) != 0
      || syscall (SYS_landlock_restrict_self, rules, 0) != 0)
    g_debug ("landlock: %s", g_strerror (errno));
  close (rules);
}

void
lobby_cage_close (int input)
{
  forbid_files (input);
  /* Nothing that is written becomes code. */
  prctl (PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0);
  limit (RLIMIT_NOFILE, DESCRIPTORS);
}
