/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-welcome.h"

#include "lobby-keys.h"

struct _LobbyWelcome
{
  AdwBin parent_instance;

  AdwBanner *banner;
};

G_DEFINE_FINAL_TYPE (LobbyWelcome, lobby_welcome, ADW_TYPE_BIN)

static void
lobby_welcome_class_init (LobbyWelcomeClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  g_type_ensure (LOBBY_TYPE_KEYS);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lobby/Lobby/ui/lobby-welcome.ui");
  gtk_widget_class_bind_template_child (widget_class, LobbyWelcome, banner);
}

static void
lobby_welcome_init (LobbyWelcome *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
lobby_welcome_new (void)
{
  return g_object_new (LOBBY_TYPE_WELCOME, NULL);
}

AdwBanner *
lobby_welcome_get_banner (LobbyWelcome *self)
{
  g_return_val_if_fail (LOBBY_IS_WELCOME (self), NULL);

  return self->banner;
}
