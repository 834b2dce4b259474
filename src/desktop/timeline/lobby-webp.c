/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-webp.h"

#include <gio/gio.h>
#include <gst/gst.h>

#include "lobby-picture-cache.h"

/* Longer than this no sticker takes; a broken file may make the pipeline wait for ever. */
#define TIMEOUT (5 * GST_SECOND)

static GdkTexture *
texture_from_sample (GstSample *sample)
{
  GstStructure *caps = gst_caps_get_structure (gst_sample_get_caps (sample), 0);
  GstBuffer *buffer = gst_sample_get_buffer (sample);
  GdkTexture *texture = NULL;
  g_autoptr (GBytes) bytes = NULL;
  GstMapInfo map;
  int width = 0, height = 0;

  gst_structure_get_int (caps, "width", &width);
  gst_structure_get_int (caps, "height", &height);
  if (width <= 0 || height <= 0 || (gint64)width * height > LOBBY_PICTURE_MAX_PIXELS || !gst_buffer_map (buffer, &map, GST_MAP_READ))
    return NULL;
  /* RGBA has four bytes a pixel and rows without padding. */
  if (map.size >= (gsize)width * height * 4)
    {
      bytes = g_bytes_new (map.data, (gsize)width * height * 4);
      texture = gdk_memory_texture_new (width, height, GDK_MEMORY_R8G8B8A8, bytes, (gsize)width * 4);
    }
  gst_buffer_unmap (buffer, &map);
  return texture;
}

GdkTexture *
lobby_webp_decode (const char *path,
                   int width,
                   int height,
                   GError **error)
{
  g_autoptr (GstElement) pipeline = NULL;
  g_autoptr (GstElement) source = NULL;
  g_autoptr (GstElement) sink = NULL;
  g_autofree char *description = NULL;
  GstSample *sample = NULL;
  GdkTexture *texture = NULL;

  if (!gst_is_initialized () && !gst_init_check (NULL, NULL, error))
    return NULL;
  description = g_strdup_printf ("filesrc name=source ! webpdec ! videoconvert ! videoscale ! "
                                 "video/x-raw,format=RGBA,width=%d,height=%d,pixel-aspect-ratio=1/1 ! appsink name=sink sync=false",
                                 width, height);
  pipeline = gst_parse_launch (description, error);
  if (pipeline == NULL)
    return NULL;
  source = gst_bin_get_by_name (GST_BIN (pipeline), "source");
  sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  g_object_set (source, "location", path, NULL);
  gst_element_set_state (pipeline, GST_STATE_PAUSED);
  if (gst_element_get_state (pipeline, NULL, NULL, TIMEOUT) == GST_STATE_CHANGE_SUCCESS)
    g_signal_emit_by_name (sink, "pull-preroll", &sample);
  if (sample != NULL)
    {
      texture = texture_from_sample (sample);
      gst_sample_unref (sample);
    }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  if (texture == NULL && (error == NULL || *error == NULL))
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "The sticker cannot be read");
  return texture;
}
