/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The input is a file that a customer sent. */
#include "fuzz.h"
#include "lobby-image-size.h"
#include "lobby-media-type.h"
#include "lobby-mp4-info.h"
#include "lobby-opus-duration.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t size)
{
  g_autofree char *told = g_strndup ((const char *)data, MIN (size, 64));
  g_autofree char *type = lobby_media_type_decide (data, size, told);
  int width = 1, height = 1, msec = 1;
  LobbyMp4Info movie;

  if (lobby_image_size_parse (data, size, &width, &height))
    g_assert_true (width >= 1 && width <= 65535 && height >= 1 && height <= 65535);
  if (lobby_opus_duration_parse (data, size, data, size, &msec))
    g_assert_true (msec >= 0 && msec <= 24 * 60 * 60 * 1000);
  if (lobby_mp4_info_parse (data, size, &movie))
    g_assert_true (movie.width >= 0 && movie.width <= 65535 && movie.duration >= 0 && movie.duration <= 24 * 60 * 60 * 1000);
  g_assert_null (strpbrk (type, "\r\n<>\""));
  return 0;
}
