/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A text as a QR code with its quiet zone: always dark on white, as scanners want it, and with sharp edges at any size and scale. */
#define LOBBY_TYPE_QR_CODE (lobby_qr_code_get_type ())
G_DECLARE_FINAL_TYPE (LobbyQrCode, lobby_qr_code, LOBBY, QR_CODE, GObject)

/* Implements GdkPaintable. NULL when @text is empty or does not fit into a code. */
LobbyQrCode *lobby_qr_code_new (const char *text);

G_END_DECLS
