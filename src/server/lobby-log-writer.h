/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Where the log goes: standard error or the journal. @level and @format are words of the settings. May be called
 * again with others.
 */
void lobby_log_writer_set (const char *level,
                           const char *format);

G_END_DECLS
