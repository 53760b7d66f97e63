namespace RttNetwork.Gateway.Web;

/// <summary>Stands for the texts of pages: <c>Texts.resx</c> in English, <c>Texts.fr.resx</c> in French.</summary>
internal sealed class Texts;
