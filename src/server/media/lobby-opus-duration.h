/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * How long an OGG/Opus file plays, in ms, from its beginning (identification header) and its end (the granule
 * position of the last page; RFC 7845, 4). Either may be the whole file. FALSE when they are not of such a file.
 */
gboolean lobby_opus_duration_parse (const guint8 *beginning,
                                    gsize         beginning_length,
                                    const guint8 *end,
                                    gsize         end_length,
                                    int          *msec);

G_END_DECLS
