/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-portrait.h"

G_BEGIN_DECLS

struct _LobbyPortrait
{
  GtkWidget   parent_instance;

  int         size;
  guint       color;       /* 1 to N_COLORS, 0 before the first contact */
  char       *initials;    /* NULL: an icon stands for somebody without a name */
  char       *picture_key; /* of the wanted picture; NULL: none is wanted */
  GdkTexture *picture;     /* NULL until it is there */
};

/* Shows the picture that @contact has, as soon as it is there. */
void lobby_portrait_load         (LobbyPortrait *self,
                                  LobbyAccount  *account,
                                  LobbyContact  *contact);

/* @picture (transfer full) (nullable): in the place of the initials. */
void lobby_portrait_take_picture (LobbyPortrait *self,
                                  GdkTexture    *picture);

G_END_DECLS
