/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Slows down guessing: five failures in five minutes for one address and user, fifty for one address, a hundred for one
 * user from wherever (an IPv6 address is all of its network); then they wait until the five minutes are over. An attempt counts as failed from its begin, so that many at once
 * are no way around. Kept in memory only. Times are ms of a monotonic clock.
 */
typedef struct _LobbySignInLimit LobbySignInLimit;

LobbySignInLimit *lobby_sign_in_limit_new     (void);
void              lobby_sign_in_limit_free    (LobbySignInLimit *self);
/* Seconds to wait; 0: go ahead, the attempt is counted. */
guint             lobby_sign_in_limit_begin   (LobbySignInLimit *self,
                                               const char       *address,
                                               const char       *user,
                                               gint64            now);
void              lobby_sign_in_limit_succeeded (LobbySignInLimit *self,
                                               const char       *address,
                                               const char       *user);

G_END_DECLS
