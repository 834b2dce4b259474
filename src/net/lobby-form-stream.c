/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-net"

#include "lobby-form-stream.h"

#include <string.h>

#define N_PARTS 3 /* what is before the file, the file, what is behind it */

struct _LobbyFormStream
{
  GInputStream parent_instance;

  GInputStream *parts[N_PARTS];
  guint part;
  goffset length;
  goffset file_left; /* a file that grew or shrank since it was measured must not break the frame */
  char *content_type;
};

G_DEFINE_FINAL_TYPE (LobbyFormStream, lobby_form_stream, G_TYPE_INPUT_STREAM)

static gssize
lobby_form_stream_read (GInputStream *stream,
                        void *buffer,
                        gsize count,
                        GCancellable *cancellable,
                        GError **error)
{
  LobbyFormStream *self = LOBBY_FORM_STREAM (stream);

  while (self->part < N_PARTS)
    {
      gboolean is_file = self->part == 1;
      gsize wanted = is_file ? MIN (count, (gsize)self->file_left) : count;
      gssize n = wanted > 0 ? g_input_stream_read (self->parts[self->part], buffer, wanted, cancellable, error) : 0;

      if (n < 0)
        return -1;
      if (is_file)
        self->file_left -= n;
      if (n > 0)
        return n;
      if (is_file && self->file_left > 0)
        {
          g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT, "The file is shorter than it was");
          return -1;
        }
      self->part++;
    }
  return 0;
}

static gboolean
lobby_form_stream_close (GInputStream *stream,
                         GCancellable *cancellable,
                         GError **error)
{
  LobbyFormStream *self = LOBBY_FORM_STREAM (stream);
  gboolean closed = TRUE;

  for (guint i = 0; i < N_PARTS; i++)
    {
      if (self->parts[i] != NULL)
        closed = g_input_stream_close (self->parts[i], cancellable, closed ? error : NULL) && closed;
    }
  return closed;
}

static void
lobby_form_stream_finalize (GObject *object)
{
  LobbyFormStream *self = LOBBY_FORM_STREAM (object);

  for (guint i = 0; i < N_PARTS; i++)
    g_clear_object (&self->parts[i]);
  g_free (self->content_type);
  G_OBJECT_CLASS (lobby_form_stream_parent_class)->finalize (object);
}

static void
lobby_form_stream_class_init (LobbyFormStreamClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = lobby_form_stream_finalize;
  G_INPUT_STREAM_CLASS (klass)->read_fn = lobby_form_stream_read;
  G_INPUT_STREAM_CLASS (klass)->close_fn = lobby_form_stream_close;
}

static void
lobby_form_stream_init (LobbyFormStream *self)
{
}

/* Appends @text without what would end a quoted string or a header. */
static void
append_safely (GString *head,
               const char *text)
{
  for (const char *at = text; *at != '\0'; at++)
    {
      if ((guchar)*at >= 0x20 && *at != '"' && *at != '\\' && *at != 0x7f)
        g_string_append_c (head, *at);
    }
}

static char *
make_boundary (void)
{
  g_autofree char *random = g_uuid_string_random ();

  return g_strconcat ("lobby-", random, NULL);
}

static GInputStream *
take_string (GString *text,
             goffset *length)
{
  g_autoptr (GBytes) bytes = g_string_free_to_bytes (text);

  *length += (goffset)g_bytes_get_size (bytes);
  return g_memory_input_stream_new_from_bytes (bytes);
}

static GInputStream *
make_head (LobbyFormStream *self,
           const char *boundary,
           const char *const *fields,
           const char *file_name,
           const char *mime_type)
{
  GString *head = g_string_new (NULL);

  for (guint i = 0; fields[i] != NULL && fields[i + 1] != NULL; i += 2)
    {
      g_string_append_printf (head, "--%s\r\nContent-Disposition: form-data; name=\"", boundary);
      append_safely (head, fields[i]);
      g_string_append (head, "\"\r\n\r\n");
      g_string_append (head, fields[i + 1]);
      g_string_append (head, "\r\n");
    }
  g_string_append_printf (head, "--%s\r\nContent-Disposition: form-data; name=\"file\"; filename=\"", boundary);
  append_safely (head, file_name);
  g_string_append (head, "\"\r\nContent-Type: ");
  append_safely (head, mime_type);
  g_string_append (head, "\r\n\r\n");
  return take_string (head, &self->length);
}

static GInputStream *
make_tail (LobbyFormStream *self,
           const char *boundary)
{
  GString *tail = g_string_new (NULL);

  g_string_append_printf (tail, "\r\n--%s--\r\n", boundary);
  return take_string (tail, &self->length);
}

static gboolean
open_file (LobbyFormStream *self,
           const char *path,
           GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileInputStream) stream = g_file_read (file, NULL, error);
  g_autoptr (GFileInfo) info = NULL;

  if (stream != NULL)
    info = g_file_input_stream_query_info (stream, G_FILE_ATTRIBUTE_STANDARD_SIZE, NULL, error);
  if (info == NULL)
    return FALSE;
  self->file_left = g_file_info_get_size (info);
  self->length += self->file_left;
  self->parts[1] = G_INPUT_STREAM (g_steal_pointer (&stream));
  return TRUE;
}

GInputStream *
lobby_form_stream_new (const char *const *fields,
                       const char *path,
                       const char *file_name,
                       const char *mime_type,
                       GError **error)
{
  g_autoptr (LobbyFormStream) self = g_object_new (LOBBY_TYPE_FORM_STREAM, NULL);
  g_autofree char *boundary = make_boundary ();

  if (!open_file (self, path, error))
    return NULL;
  self->parts[0] = make_head (self, boundary, fields, file_name, mime_type);
  self->parts[2] = make_tail (self, boundary);
  self->content_type = g_strconcat ("multipart/form-data; boundary=", boundary, NULL);
  return G_INPUT_STREAM (g_steal_pointer (&self));
}

const char *
lobby_form_stream_get_content_type (LobbyFormStream *self)
{
  return self->content_type;
}

goffset
lobby_form_stream_get_length (LobbyFormStream *self)
{
  return self->length;
}
