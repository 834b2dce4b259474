/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-keys.h"

#include <adwaita.h>

struct _LobbyKeys
{
  GtkBox parent_instance;

  char *accelerator;
};

G_DEFINE_FINAL_TYPE (LobbyKeys, lobby_keys, GTK_TYPE_BOX)

enum
{
  PROP_0,
  PROP_ACCELERATOR,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static void
show_keys (LobbyKeys *self)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) keys = NULL;
  GdkModifierType modifiers;
  guint key;

  if (self->accelerator == NULL || !gtk_accelerator_parse (self->accelerator, &key, &modifiers))
    return;

  text = gtk_accelerator_get_label (key, modifiers);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
  keys = g_strsplit (text, "+", -1);
  for (guint i = 0; keys[i] != NULL; i++)
    {
      GtkWidget *label = gtk_label_new (keys[i]);

      gtk_widget_add_css_class (label, "key");
      gtk_box_append (GTK_BOX (self), label);
    }
}

static void
lobby_keys_set_property (GObject *object,
                         guint id,
                         const GValue *value,
                         GParamSpec *pspec)
{
  LobbyKeys *self = LOBBY_KEYS (object);

  switch (id)
    {
    case PROP_ACCELERATOR:
      self->accelerator = g_value_dup_string (value);
      show_keys (self);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

/* Who hears the row that they stand in hears them too. */
static void
lobby_keys_root (GtkWidget *widget)
{
  GtkWidget *row = gtk_widget_get_ancestor (widget, ADW_TYPE_ACTION_ROW);

  GTK_WIDGET_CLASS (lobby_keys_parent_class)->root (widget);
  if (row != NULL)
    gtk_accessible_update_relation (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_RELATION_DESCRIBED_BY, widget, NULL, -1);
}

static void
lobby_keys_finalize (GObject *object)
{
  g_free (LOBBY_KEYS (object)->accelerator);

  G_OBJECT_CLASS (lobby_keys_parent_class)->finalize (object);
}

static void
lobby_keys_class_init (LobbyKeysClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = lobby_keys_set_property;
  object_class->finalize = lobby_keys_finalize;
  GTK_WIDGET_CLASS (klass)->root = lobby_keys_root;
  gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (klass), GTK_ACCESSIBLE_ROLE_GROUP);

  properties[PROP_ACCELERATOR] = g_param_spec_string ("accelerator", NULL, NULL, NULL,
                                                      G_PARAM_WRITABLE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
lobby_keys_init (LobbyKeys *self)
{
  gtk_box_set_spacing (GTK_BOX (self), 4);
  gtk_widget_set_valign (GTK_WIDGET (self), GTK_ALIGN_CENTER);
}
