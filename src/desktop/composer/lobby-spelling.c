/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-spelling.h"

#include <gmodule.h>
#include <libspelling.h>

#define ADAPTER_KEY "lobby-spelling-adapter"

/* The names are resolved at run time; the types come from the headers, so that a change of one does not compile. */
typedef struct
{
  __typeof__ (&spelling_checker_get_default) get_checker;
  __typeof__ (&spelling_checker_get_provider) get_provider;
  __typeof__ (&spelling_provider_list_languages) list_languages;
  __typeof__ (&spelling_text_buffer_adapter_new) new_adapter;
  __typeof__ (&spelling_text_buffer_adapter_set_enabled) set_enabled;
  __typeof__ (&spelling_text_buffer_adapter_get_menu_model) get_menu;
  __typeof__ (&gtk_source_buffer_new) new_buffer;
  __typeof__ (&gtk_source_buffer_set_highlight_matching_brackets) set_brackets;
} Library;

static const Library *
load_library (void)
{
  static Library library;
  static gboolean tried, loaded;
  GModule *module;

  if (tried)
    return loaded ? &library : NULL;
  tried = TRUE;

  module = g_module_open ("libspelling-1.so.2", G_MODULE_BIND_LAZY);
  if (module == NULL)
    return NULL;

  loaded = g_module_symbol (module, "spelling_checker_get_default", (gpointer *)&library.get_checker)
           && g_module_symbol (module, "spelling_checker_get_provider", (gpointer *)&library.get_provider)
           && g_module_symbol (module, "spelling_provider_list_languages", (gpointer *)&library.list_languages)
           && g_module_symbol (module, "spelling_text_buffer_adapter_new", (gpointer *)&library.new_adapter)
           && g_module_symbol (module, "spelling_text_buffer_adapter_set_enabled", (gpointer *)&library.set_enabled)
           && g_module_symbol (module, "spelling_text_buffer_adapter_get_menu_model", (gpointer *)&library.get_menu)
           && g_module_symbol (module, "gtk_source_buffer_new", (gpointer *)&library.new_buffer)
           && g_module_symbol (module, "gtk_source_buffer_set_highlight_matching_brackets", (gpointer *)&library.set_brackets);
  /* Types were registered: it must not go away again. */
  g_module_make_resident (module);

  return loaded ? &library : NULL;
}

static void
take_text_over (GtkTextBuffer *from,
                GtkTextBuffer *to)
{
  GtkTextIter start, end, cursor;
  g_autofree char *text = NULL;
  int offset;

  gtk_text_buffer_get_bounds (from, &start, &end);
  gtk_text_buffer_get_iter_at_mark (from, &cursor, gtk_text_buffer_get_insert (from));
  offset = gtk_text_iter_get_offset (&cursor);
  text = gtk_text_buffer_get_text (from, &start, &end, TRUE);
  gtk_text_buffer_set_text (to, text, -1);
  gtk_text_buffer_get_iter_at_offset (to, &cursor, offset);
  gtk_text_buffer_place_cursor (to, &cursor);
}

gboolean
lobby_spelling_attach (GtkTextView *view)
{
  const Library *library = load_library ();
  g_autoptr (GtkTextBuffer) buffer = NULL;
  g_autoptr (GListModel) languages = NULL;
  g_autoptr (GObject) adapter = NULL;
  SpellingChecker *checker;

  g_return_val_if_fail (GTK_IS_TEXT_VIEW (view), FALSE);

  if (library == NULL)
    return FALSE;
  checker = library->get_checker ();
  if (checker == NULL)
    return FALSE;
  languages = library->list_languages (library->get_provider (checker));
  if (languages == NULL || g_list_model_get_n_items (languages) == 0)
    return FALSE;

  buffer = GTK_TEXT_BUFFER (library->new_buffer (NULL));
  library->set_brackets ((GtkSourceBuffer *)buffer, FALSE);
  take_text_over (gtk_text_view_get_buffer (view), buffer);
  adapter = G_OBJECT (library->new_adapter ((GtkSourceBuffer *)buffer, checker));
  library->set_enabled ((SpellingTextBufferAdapter *)adapter, TRUE);

  gtk_text_view_set_buffer (view, buffer);
  gtk_text_view_set_extra_menu (view, library->get_menu ((SpellingTextBufferAdapter *)adapter));
  gtk_widget_insert_action_group (GTK_WIDGET (view), "spelling", G_ACTION_GROUP (adapter));
  g_object_set_data_full (G_OBJECT (view), ADAPTER_KEY, g_steal_pointer (&adapter), g_object_unref);

  return TRUE;
}

void
lobby_spelling_set_enabled (GtkTextView *view,
                            gboolean enabled)
{
  SpellingTextBufferAdapter *adapter;

  g_return_if_fail (GTK_IS_TEXT_VIEW (view));

  adapter = g_object_get_data (G_OBJECT (view), ADAPTER_KEY);
  if (adapter != NULL)
    load_library ()->set_enabled (adapter, enabled);
}
