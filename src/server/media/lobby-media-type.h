/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * The mime type to serve a file as: by its content for the common ones, else what WhatsApp @told. Never a type that a
 * browser would run (HTML, SVG, scripts): such a file is "application/octet-stream". (transfer full)
 */
char *lobby_media_type_decide (const guint8 *data,
                               gsize         length,
                               const char   *told);

G_END_DECLS
