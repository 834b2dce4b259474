/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libsoup/soup.h>

#include "lobby-knobs.h"
#include "lobby-schedule.h"

G_BEGIN_DECLS

/* The trouble that a send meets, by the knobs: the same for the Graph API and for the gateway. */

/* A page of HTML in place of an answer (the knob http_status); FALSE when the knob is off. Counts down fail_count. */
gboolean lobby_trouble_refuse (LobbyKnobs        *knobs,
                               SoupServerMessage *message);
/* Answers what was accepted, late or in half if the knobs say so. Takes @body. */
void     lobby_trouble_answer (LobbyKnobs        *knobs,
                               LobbySchedule     *schedule,
                               SoupServerMessage *message,
                               guint              status,
                               char              *body);

G_END_DECLS
