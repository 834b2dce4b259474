/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-world.h"

G_BEGIN_DECLS

typedef struct _LobbyLife LobbyLife;

G_END_DECLS
