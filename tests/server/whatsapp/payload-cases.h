/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * FOLDER/NAME.json is a webhook body as it was sent, FOLDER/NAME.expected what we read in it, one line a fact: what @dump
 * (transfer full) tells of it. LOBBY_TEST_WRITE=1 writes the expectations anew: read the diff.
 */
typedef char *(*PayloadDump) (GBytes *body);

/* A test case for each body in @folder, below @prefix; they are at least @at_least. After g_test_init. */
void payload_cases_add  (const char  *folder,
                         const char  *prefix,
                         PayloadDump  dump,
                         guint        at_least);

G_END_DECLS
