/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * FOLDER/NAME.json is a webhook body as it was sent, FOLDER/NAME.expected what we read in it, one line a fact: what @dump
 * (transfer full) tells of it. LOBBY_TEST_WRITE=1 writes the expectations anew: read the diff.
 */
typedef char *(*PayloadDump) (GBytes *body);
typedef void (*PayloadRead) (GBytes *body);

/* A test case for each body in @folder, below @prefix; they are at least @at_least. After g_test_init. */
void payload_cases_add  (const char  *folder,
                         const char  *prefix,
                         PayloadDump  dump,
                         guint        at_least);
/* "  NAME: VALUE" of a dump, unless it is NULL. */
void payload_add_line   (GString     *dump,
                         const char  *name,
                         const char  *value);
/* Whatever is changed in a good body, reading it ends well: has @read look at @file of @folder some thousand times, each time with other letters wrong. */
void payload_damage     (const char  *folder,
                         const char  *file,
                         PayloadRead  read);

G_END_DECLS
