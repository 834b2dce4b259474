/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobbyd-thumbnail"

#include "lobby-thumbnail.h"

#include <gio/gio.h>
#include <gst/gst.h>

#define TIMEOUT (10 * GST_SECOND)

struct _LobbyVideo
{
  GstElement *pipeline;
  GstElement *source;
  GstElement *sink;
};

/* Only these, and none has to be there: fewer decoders are fewer ways in. */
static const char *const PLUGINS[] = {
  "coreelements",
  "typefindfunctions",
  "playback",
  "app",
  "videoconvertscale",
  "videofilter",
  "isomp4",
  "matroska",
  "videoparsersbad",
  "libav",
  "openh264",
  "vpx",
  "webp",
};

/* Nothing is looked for in folders, and no list of what was found is kept. */
static gboolean
load_plugins (void)
{
  g_setenv ("GST_PLUGIN_SYSTEM_PATH_1_0", "", TRUE);
  g_setenv ("GST_PLUGIN_PATH_1_0", "", TRUE);
  g_setenv ("GST_REGISTRY_1_0", "/proc/self/none", TRUE);
  g_setenv ("GST_REGISTRY_FORK", "no", TRUE);
  if (!gst_init_check (NULL, NULL, NULL))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (PLUGINS); i++)
    {
      g_autofree char *path = g_strdup_printf ("%s/libgst%s.so", GST_PLUGINS_FOLDER, PLUGINS[i]);
      g_autoptr (GstPlugin) plugin = gst_plugin_load_file (path, NULL);

      if (plugin == NULL)
        g_debug ("%s is not here", PLUGINS[i]);
    }
  return TRUE;
}

LobbyVideo *
lobby_video_begin (const char *mime_type)
{
  LobbyVideo *self;
  GstElement *pipeline;

  if ((!g_str_has_prefix (mime_type, "video/") && g_strcmp0 (mime_type, "image/webp") != 0) || !load_plugins ())
    return NULL;
  pipeline = gst_parse_launch ("filesrc name=source ! decodebin name=decoder "
                               "decoder. ! videoconvert ! videoflip video-direction=auto ! videoconvert ! "
                               "video/x-raw,format=RGBA ! appsink name=sink sync=false max-buffers=1",
                               NULL);
  if (pipeline == NULL)
    return NULL;
  self = g_new0 (LobbyVideo, 1);
  self->pipeline = pipeline;
  self->source = gst_bin_get_by_name (GST_BIN (pipeline), "source");
  self->sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  return self;
}

/* RGBA has four bytes a pixel and rows without padding. */
static GdkPixbuf *
pixbuf_from_sample (GstSample *sample)
{
  GstStructure *caps = gst_caps_get_structure (gst_sample_get_caps (sample), 0);
  GstBuffer *buffer = gst_sample_get_buffer (sample);
  GstMapInfo map;
  GdkPixbuf *pixbuf = NULL;
  int width = 0, height = 0;

  gst_structure_get_int (caps, "width", &width);
  gst_structure_get_int (caps, "height", &height);
  if (width <= 0 || height <= 0 || (gint64)width * height > LOBBY_THUMBNAIL_MAX_PIXELS || !gst_buffer_map (buffer, &map, GST_MAP_READ))
    return NULL;
  if (map.size >= (gsize)width * height * 4)
    {
      g_autoptr (GBytes) bytes = g_bytes_new (map.data, (gsize)width * height * 4);

      pixbuf = gdk_pixbuf_new_from_bytes (bytes, GDK_COLORSPACE_RGB, TRUE, 8, width, height, width * 4);
    }
  gst_buffer_unmap (buffer, &map);
  return pixbuf;
}

GdkPixbuf *
lobby_video_finish (LobbyVideo *self,
                    int input,
                    GError **error)
{
  g_autofree char *location = g_strdup_printf ("/proc/self/fd/%d", input);
  GstSample *sample = NULL;
  GdkPixbuf *pixbuf = NULL;

  g_object_set (self->source, "location", location, NULL);
  gst_element_set_state (self->pipeline, GST_STATE_PAUSED);
  if (gst_element_get_state (self->pipeline, NULL, NULL, TIMEOUT) == GST_STATE_CHANGE_SUCCESS)
    g_signal_emit_by_name (self->sink, "pull-preroll", &sample);
  if (sample != NULL)
    {
      pixbuf = pixbuf_from_sample (sample);
      gst_sample_unref (sample);
    }
  if (pixbuf == NULL)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "No picture could be decoded");
  return pixbuf;
}
