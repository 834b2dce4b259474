/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The field with the message alone; MESSAGE has the other fields behind it. */
#define LOBBY_LOG_EVENT_FIELD "LOBBY_EVENT"

/*
 * Structured log fields for the server. Never pass bodies, tokens or phone numbers.
 * lobby_log_event (G_LOG_LEVEL_MESSAGE, "whatsapp", "webhook stored", "connection", id, "bytes", "1042", NULL);
 */
void  lobby_log_event        (GLogLevelFlags  level,
                              const char     *domain,
                              const char     *message,
                              ...) G_GNUC_NULL_TERMINATED;

G_END_DECLS
