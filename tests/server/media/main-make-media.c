/* SPDX-License-Identifier: GPL-3.0-or-later */
/* make-media PIPELINE: runs it to its end; for files that tests need. Exit code 77 when this machine lacks a part of it. */
#include <gst/gst.h>

int
main (int argc,
      char **argv)
{
  g_autoptr (GError) error = NULL;
  GstElement *pipeline;
  GstBus *bus;
  GstMessage *message;

  gst_init (&argc, &argv);
  pipeline = argc == 2 ? gst_parse_launch (argv[1], &error) : NULL;
  if (pipeline == NULL || error != NULL)
    {
      g_printerr ("%s\n", error != NULL ? error->message : "usage: make-media PIPELINE");
      return 77;
    }
  bus = gst_element_get_bus (pipeline);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (bus, 30 * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  return message != NULL && GST_MESSAGE_TYPE (message) == GST_MESSAGE_EOS ? 0 : 1;
}
