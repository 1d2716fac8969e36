"""Make the pages searchable that were read before there was a search. Running it again changes nothing."""

from django.db import migrations

# The owner is held by the policies too; for the length of this transaction it is not.
_FILL = """
ALTER TABLE documents_documentpage NO FORCE ROW LEVEL SECURITY;
ALTER TABLE documents_pagetext NO FORCE ROW LEVEL SECURITY;
INSERT INTO documents_pagetext (id, tenant_id, document_id, number, text)
SELECT gen_random_uuid(), p.tenant_id, p.document_id, p.number,
       left(coalesce((SELECT string_agg(word ->> 0, ' ' ORDER BY place) FROM jsonb_array_elements(p.words) WITH ORDINALITY w (word, place)), ''), 100000)
FROM documents_documentpage p
ON CONFLICT (tenant_id, document_id, number) DO NOTHING;
ALTER TABLE documents_documentpage FORCE ROW LEVEL SECURITY;
ALTER TABLE documents_pagetext FORCE ROW LEVEL SECURITY
"""


class Migration(migrations.Migration):
    dependencies = [("documents", "0004_search_pages")]
    operations = [migrations.RunSQL(_FILL, migrations.RunSQL.noop)]
