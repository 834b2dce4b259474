/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Writes the MP4 at @path to a new file @to with its index (moov) before its data, where players that do not wait for the end, and
 * WhatsApp (CLOUD_API section 3), want it. Nothing else of it changes, its length neither. Blocking. FALSE with
 * G_IO_ERROR_NOT_SUPPORTED for a file that this does not understand, or G_FILE_ERROR; then nothing is left at @to.
 */
gboolean lobby_mp4_order (const char *path,
                          const char *to,
                          GError    **error);

G_END_DECLS
