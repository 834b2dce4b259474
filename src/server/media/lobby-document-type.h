/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * What kind of document a container file is, by the names inside it: Office and OpenDocument files are ZIP archives, those of
 * older Office versions OLE2 compound files. @fd is of a file of @size bytes that begins like one. A borrowed mime type, "application/zip"
 * or "application/x-ole-storage" for another content.
 */
const char *lobby_document_type_of_zip (int    fd,
                                        gint64 size);
const char *lobby_document_type_of_ole (int    fd);

G_END_DECLS
