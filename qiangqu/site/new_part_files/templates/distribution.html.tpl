{% extends "ui/base.html" %}{% load i18n shell %}
{% block title %}{% translate "$title分布" %}{% endblock %}
{% block content %}
<div class="card">{% if counts %}<div class="table-responsive"><table class="table"><thead><tr><th>{% translate "区域" %}</th><th class="qq-num">{% translate "记录数" %}</th></tr></thead><tbody>
{% for one in counts %}<tr><td><a href="{% url '$code-list' %}?area={{ one.code }}">{{ one.name }}</a></td><td class="qq-num">{{ one.count }}</td></tr>{% endfor %}
</tbody></table></div>{% else %}<div class="qq-empty">{% icon "database" %}<p class="qq-empty-title">{% translate "还没有记录" %}</p></div>{% endif %}</div>
{% endblock %}
