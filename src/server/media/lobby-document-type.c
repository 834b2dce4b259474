/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-document-type.h"

#include <string.h>
#include <unistd.h>

/*
 * ZIP (PKWARE's APPNOTE): the directory is at the end: a record "PK\5\6" tells where it begins; an entry "PK\1\2" has the lengths of its
 * name, extra field and comment at 28, 30 and 32, the name at 46. OpenDocument's first file is "mimetype", stored as it is.
 * OLE2 (MS-CFB): sector size at 30 (a power of two), the directory's first sector at 48; entries of 128 bytes, the name in UTF-16.
 */

#define END_RECORD 22
#define MAX_COMMENT 65535
#define MAX_DIRECTORY (256 * 1024)
#define ENTRY 46
#define OLE_ENTRY 128
#define OLE_ENTRIES 64
#define MIMETYPE_AT 30

static guint
little16 (const guint8 *p)
{
  return (guint)p[1] << 8 | p[0];
}

static guint32
little32 (const guint8 *p)
{
  return (guint32)p[3] << 24 | (guint32)p[2] << 16 | (guint32)p[1] << 8 | p[0];
}

/* At most @most bytes from @at; how many were there. */
static gsize
read_at (int fd,
         gint64 at,
         guint8 *buffer,
         gsize most)
{
  gssize n = at >= 0 ? pread (fd, buffer, most, at) : -1;

  return n > 0 ? (gsize)n : 0;
}

static const struct
{
  const char *prefix, *type;
} PARTS[] = {
  { "word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document" },
  { "xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" },
  { "ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation" },
};

static const char *
type_of_directory (const guint8 *directory,
                   gsize length)
{
  gboolean office = FALSE;
  const char *found = NULL;

  for (gsize at = 0; at + ENTRY <= length && memcmp (directory + at, "PK\1\2", 4) == 0;)
    {
      const char *name = (const char *)directory + at + ENTRY;
      gsize name_length = little16 (directory + at + 28);

      if (at + ENTRY + name_length > length)
        break;
      office = office || (name_length == strlen ("[Content_Types].xml") && memcmp (name, "[Content_Types].xml", name_length) == 0);
      for (guint i = 0; i < G_N_ELEMENTS (PARTS) && found == NULL; i++)
        {
          gsize prefix = strlen (PARTS[i].prefix);

          if (name_length > prefix && memcmp (name, PARTS[i].prefix, prefix) == 0)
            found = PARTS[i].type;
        }
      at += ENTRY + name_length + little16 (directory + at + 30) + little16 (directory + at + 32);
    }
  return office ? found : NULL;
}

static const char *
type_of_first_file (int fd)
{
  static const char *const types[] = {
    "application/vnd.oasis.opendocument.text",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.oasis.opendocument.presentation",
    "application/vnd.oasis.opendocument.graphics",
    "application/epub+zip",
  };
  guint8 buffer[MIMETYPE_AT + 128] = { 0 };
  gsize length = read_at (fd, 0, buffer, sizeof buffer - 1);
  const char *told = (const char *)buffer + MIMETYPE_AT + strlen ("mimetype");

  if (length < MIMETYPE_AT + strlen ("mimetype") || memcmp (buffer + MIMETYPE_AT, "mimetype", strlen ("mimetype")) != 0)
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      gsize end = strlen (types[i]);

      if (strncmp (told, types[i], end) == 0 && (told[end] == 'P' || told[end] == '\0'))
        return types[i];
    }
  return NULL;
}

static const char *
type_of_zip_directory (int fd,
                       gint64 size)
{
  g_autofree guint8 *buffer = g_malloc (MAX_DIRECTORY);
  gint64 from = MAX (0, size - END_RECORD - MAX_COMMENT);
  gsize length = read_at (fd, from, buffer, (gsize)MIN (size - from, MAX_DIRECTORY));

  for (gsize at = length < END_RECORD ? 0 : length - END_RECORD + 1; at-- > 0;)
    {
      guint32 directory_length, directory_at;

      if (memcmp (buffer + at, "PK\5\6", 4) != 0)
        continue;
      directory_length = little32 (buffer + at + 12);
      directory_at = little32 (buffer + at + 16);
      length = read_at (fd, directory_at, buffer, MIN (directory_length, MAX_DIRECTORY));
      return type_of_directory (buffer, length);
    }
  return NULL;
}

const char *
lobby_document_type_of_zip (int fd,
                            gint64 size)
{
  const char *type = type_of_first_file (fd);

  if (type == NULL)
    type = type_of_zip_directory (fd, size);
  return type != NULL ? type : "application/zip";
}

static const struct
{
  const char *stream, *type;
} STREAMS[] = {
  { "WordDocument", "application/msword" },
  { "Workbook", "application/vnd.ms-excel" },
  { "Book", "application/vnd.ms-excel" },
  { "PowerPoint Document", "application/vnd.ms-powerpoint" },
};

/* The directory's name is UTF-16 with a zero at its end; its length in bytes is at 64. */
static const char *
type_of_stream (const guint8 *entry)
{
  char name[32] = "";
  guint length = little16 (entry + 64) / 2;

  if (length == 0 || length > 32)
    return NULL;
  for (guint i = 0; i + 1 < length; i++)
    name[i] = entry[2 * i + 1] == 0 ? (char)entry[2 * i] : '?';
  for (guint i = 0; i < G_N_ELEMENTS (STREAMS); i++)
    {
      if (strcmp (name, STREAMS[i].stream) == 0)
        return STREAMS[i].type;
    }
  return NULL;
}

const char *
lobby_document_type_of_ole (int fd)
{
  guint8 header[512];
  g_autofree guint8 *entries = g_malloc (OLE_ENTRIES * OLE_ENTRY);
  guint shift;
  gsize length;

  if (read_at (fd, 0, header, sizeof header) < sizeof header)
    return "application/x-ole-storage";
  shift = CLAMP (little16 (header + 30), 9, 12);
  /* Its sectors mostly lie one behind the other; who has them elsewhere is not recognised. */
  length = read_at (fd, ((gint64)little32 (header + 48) + 1) << shift, entries, OLE_ENTRIES * OLE_ENTRY);
  for (gsize at = 0; at + OLE_ENTRY <= length; at += OLE_ENTRY)
    {
      const char *type = type_of_stream (entries + at);

      if (type != NULL)
        return type;
    }
  return "application/x-ole-storage";
}
