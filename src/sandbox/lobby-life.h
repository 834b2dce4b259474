/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-script.h"
#include "lobby-world.h"

G_BEGIN_DECLS

/*
 * Lets the customers of a script live: what it has them say, at its times; they read what the business
 * writes after a while, think, type and answer, each with its own replies; and when the script is over,
 * one or another writes again now and then, for as long as the sandbox runs.
 *
 * Nobody answers twice to one thing: an answer is owed from the moment the business wrote, and is
 * given once after everything up to then was read.
 */
typedef struct _LobbyLife LobbyLife;

/* Takes @script. Makes its customers in @world at once; they do nothing before the start. */
LobbyLife *lobby_life_new   (LobbyWorld  *world,
                             LobbyScript *script,
                             const char  *media_folder);
void       lobby_life_free  (LobbyLife   *self);
/* The second time does nothing. */
void       lobby_life_start (LobbyLife   *self);

G_END_DECLS
